"""The names of a song's sections in many languages, as they appear in tags.

They are in lower case, separated by commas, by the tags of `sections.KINDS`, which has the names in
English and some other languages. A name of one letter must be a word by itself; other names may be
part of a longer word if they are not ASCII, since some scripts don't separate words.
"""

from __future__ import annotations

SECTION_NAMES = {
    "Verse": """estrofa, estrofe, zwrotka, zwrotki, sloka, versszak, strofă, säkeistö, kıta,
        κουπλέ, строфа, अंतरा, अन्तरा, अंतर, অন্তরা, ਅੰਤਰਾ, سٹینزا, مقطع, کوپلت, בית,
        ท่อนเวิร์ส, เวิร์ส, ท่อนร้อง, aメロ, ヴァース, バース, 主歌, 绝句, 절, 벌스,
        phiên khúc""",
    "Pre-Chorus": """przedrefren, предприпев, передприспів, pre refräng, nakarat öncesi, pre refren,
        प्री कोरस, ما قبل اللازمة, פרה פזמון, ท่อนพรี, พรีคอรัส, bメロ, 导歌, 導歌, 预副歌,
        預副歌, 프리코러스, 프리 코러스, tiền điệp khúc""",
    "Chorus": """refren, refrein, refrén, refräng, refrão, nakarat, приспів, kertosäe, omkvæd,
        omkved, ρεφρέν, मुखड़ा, मुखडा, स्थायी, कोरस, মুখড়া, ধুয়া, ਮੁਖੜਾ, لازمة, كورس, ترجیع,
        פזמון, ท่อนฮุก, ฮุค, ฮุก, คอรัส, コーラス, さび, 副歌, 후렴, 코러스, điệp khúc""",
    "Hook": "хук, हुक, フック, 훅",
    "Bridge": """mostek, бридж, міст, köprü, brygga, γέφυρα, híd, silta, ब्रिज, جسر, גשר,
        ท่อนบริดจ์, บริดจ์, cメロ, dメロ, ブリッジ, 大サビ前, 桥段, 橋段, 브릿지, 브리지""",
    "Intro": """introducción, introdução, introduzione, einleitung, vorspiel, wstęp, giriş,
        вступление, вступ, интро, інтро, předehra, εισαγωγή, प्रस्तावना, इंट्रो, مقدمة, פתיחה,
        อินโทร, イントロ, 前奏, 序奏, 인트로, 전주, khúc dạo đầu, dạo đầu""",
    "Instrumental": """instrumentaal, strumentale, instrumentalny, enstrümantal, инструментал,
        інструментал, वाद्य, موسيقى فقط, ดนตรี, インスト, 器乐, 器樂, 연주""",
    "Interlude": """interludio, interlúdio, interludium, zwischenspiel, ara nağme, проигрыш,
        програш, mezihra, अंतराल संगीत, इंटरल्यूड, فاصل, מעבר, ดนตรีคั่น, 間奏, 间奏, 간주,
        khúc giữa, gian tấu""",
    "Solo": "соло, सोलो, عزف منفرد, סולו, โซโล่, โซโล, ソロ, 独奏, 獨奏, 솔로",
    "Outro": """zakończenie, cierre, desfecho, schluss, nachspiel, bitiş, çıkış, кода,
        концовка, аутро, dohra, κλείσιμο, समापन, आउट्रो, خاتمة, סיום, เอาท์โทร, เอาต์โทร,
        アウトロ, エンディング, 後奏, 尾奏, 尾声, 尾聲, 아웃트로, 후주, khúc kết""",
    "Spoken Word": "recitado, речитатив, 台詞, セリフ, 念白, 나레이션, 내레이션",
    "End": "ende, koniec, конец, кінець, समाप्त, النهاية, סוף, จบ, 終わり, 结束, 結束, 끝",
}
