"""The headings of fields in song sheets, in many languages."""

from __future__ import annotations

_HEADS = {
    "title": """title, song title, song name, name, song, track, track title, titel, título, titulo,
        título de la canción, nome da música, titre, titre de la chanson, titolo,
        titolo del brano, название, название песни, заголовок, назва, tytuł, tytuł piosenki,
        başlık, şarkı adı, judul, judul lagu, tiêu đề, tên bài hát, τίτλος, název, cím,
        titlu, शीर्षक, गीत का नाम, العنوان, عنوان الأغنية, שם השיר, ชื่อเพลง, タイトル, 曲名,
        題名, 标题, 標題, 歌名, 歌曲名, 제목, 노래 제목""",
    "style": """style, styles, style of music, music style, style prompt, style tags, tags, genre,
        genres, stil, musikstil, estilo, estilo musical, estilos, género, gênero,
        style musical, style de musique, stile, stile musicale, genere, стиль, стиль музыки,
        жанр, styl, styl muzyczny, gatunek, tarz, müzik tarzı, gaya, gaya musik, phong cách,
        thể loại, στυλ, styl hudby, stílus, शैली, संगीत शैली, النمط, الأسلوب, נוסח, סגנון,
        สไตล์, สไตล์เพลง, แนวเพลง, スタイル, 音楽スタイル, ジャンル, 风格, 風格, 音乐风格,
        音樂風格, 曲风, 曲風, 스타일, 음악 스타일, 장르""",
    "negative_tags": """exclude, excluded, exclude styles, excluded styles, exclude style, negative,
        negative tags, negative prompt, negative style, ausschließen, ausgeschlossen,
        excluir, estilos excluidos, estilos excluídos, exclure, exclusions, styles exclus,
        escludi, esclusi, исключить, wyklucz, hariç, kecualikan, loại trừ, बाहर रखें,
        استبعاد, ยกเว้น, 除外, 除外スタイル, 排除, 排除风格, 排除風格, 제외, 제외 스타일""",
    "lyrics": """lyrics, lyric, song lyrics, custom lyrics, words, liedtext, songtext,
        letra, letras,
        letra de la canción, letra da música, paroles, paroles de la chanson, testo,
        testo della canzone, текст, текст песни, слова, слова пісні, tekst, tekst piosenki,
        sözler, şarkı sözleri, lirik, lirik lagu, lời, lời bài hát, στίχοι, text písně,
        dalszöveg, versuri, songtekst, बोल, गीत के बोल, الكلمات, كلمات, كلمات الأغنية, מילים,
        מילות השיר, เนื้อเพลง, 歌詞, 歌词, 가사""",
    "vocal_gender": """vocals, vocal, vocal gender, voice, singer, ボーカル, 人声, 人聲, 보컬""",
    "more": """mood, moods, vibe, atmosphere, feel, bpm, tempo, key, instrument, instruments,
        instrumentation, subgenre, production, era""",
    "notes": """note, notes, song notes, production notes, comment, comments, credits, about,
        notizen, notas, remarques, note di produzione, заметки, notlar, メモ, 備考, 备注,
        備註, 메모""",
}

BY_HEAD = {
    " ".join(head.split()): field for field, heads in _HEADS.items() for head in heads.split(",")
}
"""The field of a heading in lower case. `more` belongs to the style, `notes` to no field."""
