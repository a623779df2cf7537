"""The vocabulary of styles, by kind, and descriptors that contradict each other.

This is a module and not a data file because the start waits for it, and Python keeps it compiled.
"""

from __future__ import annotations

WORDS = {
    "genre": """
        pop, rock, hip hop, electronic, indie, folk, jazz, r&b, country, classical, ambient, lo-fi,
        soul, funk, blues, metal, punk, reggae, house, techno, indie pop, indie rock, indie folk,
        synth-pop, synthwave, dream pop, bedroom pop, electropop, dance pop, art pop, power pop,
        teen pop, city pop, hyperpop, k-pop, j-pop, chamber pop, baroque pop, britpop,
        bubblegum pop, jangle pop, folk pop, latin pop, alternative rock, classic rock, soft rock,
        hard rock, garage rock, psychedelic rock, progressive rock, post-rock, math rock, surf rock,
        southern rock, blues rock, folk rock, glam rock, stoner rock, arena rock, rock and roll,
        rockabilly, shoegaze, grunge, post-punk, pop punk, hardcore punk, ska, ska punk, emo,
        new wave, darkwave, coldwave, gothic rock, industrial, heavy metal, thrash metal,
        death metal, black metal, doom metal, power metal, symphonic metal, folk metal, metalcore,
        nu metal, progressive metal, rap, trap, drill, boom bap, cloud rap, conscious hip hop,
        jazz rap, phonk, grime, g-funk, lo-fi hip hop, chillhop, trip hop, neo soul, motown, gospel,
        disco, nu disco, boogie, afrobeat, afrobeats, amapiano, highlife, dancehall, dub,
        roots reggae, reggaeton, salsa, bachata, merengue, cumbia, bossa nova, samba, mpb, tango,
        flamenco, mariachi, ranchera, corrido, fado, chanson, schlager, polka, klezmer,
        balkan brass, celtic, irish folk, sea shanty, bluegrass, americana, alt-country,
        outlaw country, country pop, honky tonk, singer-songwriter, acoustic folk, protest song,
        delta blues, chicago blues, swing, big band, bebop, cool jazz, smooth jazz, jazz fusion,
        acid jazz, gypsy jazz, ragtime, lounge, easy listening, deep house, tech house,
        progressive house, tropical house, future house, acid house, french house, edm, big room,
        trance, psytrance, hardstyle, drum and bass, liquid drum and bass, jungle, breakbeat,
        uk garage, 2-step, dubstep, melodic dubstep, future bass, electro, electroswing, idm,
        glitch, vaporwave, chillwave, chillout, downtempo, minimal techno, dark ambient, drone,
        new age, space music, meditation, orchestral, cinematic, film score, epic trailer,
        neoclassical, minimalism, romantic piano, baroque, chamber music, opera, choral,
        gregorian chant, waltz, march, musical theatre, cabaret, lullaby, children's music,
        christmas, video game music, chiptune, 8-bit, bollywood, qawwali, raga, enka, gamelan,
        worship, spoken word, experimental, noise
    """,
    "mood": """
        happy, sad, calm, energetic, romantic, dark, dreamy, uplifting, melancholic, nostalgic,
        chill, epic, emotional, intimate, hopeful, euphoric, aggressive, peaceful, relaxing,
        soothing, warm, tender, bittersweet, haunting, mysterious, playful, whimsical, quirky,
        sensual, seductive, sultry, joyful, cheerful, sunny, triumphant, heroic, anthemic, powerful,
        intense, dramatic, tense, suspenseful, ominous, eerie, menacing, gloomy, brooding, moody,
        somber, mournful, lonely, heartbroken, yearning, wistful, reflective, introspective,
        contemplative, meditative, ethereal, atmospheric, hypnotic, psychedelic, spiritual, sacred,
        majestic, angry, rebellious, defiant, raw, gritty, vulnerable, sincere, confident, sassy,
        groovy, funky, laid-back, carefree, festive, party, summery, wintry, nocturnal, rainy,
        late night, futuristic, retro, vintage, cozy, serene, light, heavy, bouncy
    """,
    "instrument": """
        piano, acoustic guitar, electric guitar, synth, drums, bass, strings, violin, cello,
        808 bass, drum machine, brass, saxophone, trumpet, flute, organ, harp, ukulele, banjo,
        mandolin, harmonica, accordion, fingerpicked guitar, slide guitar, pedal steel,
        nylon guitar, 12-string guitar, distorted guitar, clean guitar, palm-muted guitar,
        power chords, slap bass, fretless bass, upright bass, sub bass, synth bass, rhodes,
        electric piano, grand piano, felt piano, upright piano, harpsichord, hammond organ,
        church organ, mellotron, clavinet, wurlitzer, analog synth, synth pads, synth lead,
        arpeggiated synth, modular synth, moog, string quartet, string section, orchestra,
        full orchestra, french horn, trombone, tuba, clarinet, oboe, bassoon, horn section,
        pan flute, recorder, bagpipes, tin whistle, fiddle, viola, double bass, pizzicato strings,
        glockenspiel, celesta, music box, vibraphone, marimba, xylophone, kalimba, steel drums,
        tubular bells, timpani, taiko, congas, bongos, djembe, tabla, cajon, shaker, tambourine,
        claps, finger snaps, cowbell, hi-hats, trap hi-hats, brushed drums, live drums,
        acoustic drums, electronic drums, four on the floor, breakbeats, percussion, sitar, koto,
        shamisen, erhu, guzheng, oud, bouzouki, balalaika, didgeridoo, theremin, turntables,
        vocoder, guitar solo, bells
    """,
    "voice": """
        female vocals, male vocals, duet, choir, harmonies, backing vocals, soft vocals,
        breathy vocals, whispered vocals, raspy vocals, powerful vocals, soulful vocals, falsetto,
        baritone, tenor, bass voice, alto, soprano, operatic vocals, belting, smooth vocals,
        deep voice, gravelly voice, airy vocals, intimate vocals, crooner, rap vocals, fast rap,
        melodic rap, spoken vocals, screamed vocals, growls, clean vocals, gang vocals,
        group vocals, children's choir, gospel choir, a cappella, vocal harmonies, layered vocals,
        stacked harmonies, ad-libs, scat singing, yodeling, humming, beatbox, autotuned vocals,
        vocal chops, reverb vocals, androgynous vocals, call and response, wordless vocals,
        instrumental, no vocals
    """,
    "production": """
        polished, lo-fi production, clean mix, reverb, distorted, wide stereo, live recording,
        unplugged, acoustic, analog, digital, tape hiss, tape saturation, vinyl crackle, minimal,
        sparse, dense, lush, layered, wall of sound, punchy, crisp, muddy, crunchy, fuzzy,
        warm analog, side-chained, compressed, dynamic, heavily reverbed, dry, delay, echo,
        chorus effect, phaser, tremolo, filtered, glitchy, bitcrushed, sampled, chopped samples,
        field recordings, rain sounds, bedroom recording, garage recording, studio quality,
        radio ready, hi-fi, mono, vintage recording, bass-heavy, bright, catchy, catchy hook,
        big chorus, build-up, bass drop, heavy bass drops, key change, fade out,
        orchestral arrangement, stripped-down, 50s, 60s, 70s, 80s, 90s, 2000s, 2010s, major key,
        minor key, modal, dissonant
    """,
    "tempo": """
        slow, mid-tempo, fast, uptempo, downbeat, very slow, very fast, slow build, driving,
        driving beat, steady beat, syncopated, swung, shuffle, half-time, double-time, 4/4, 3/4,
        6/8, 7/8, 5/4, 60 bpm, 70 bpm, 80 bpm, 90 bpm, 100 bpm, 110 bpm, 120 bpm, 124 bpm, 128 bpm,
        140 bpm, 160 bpm, 174 bpm, rubato, ballad, power ballad, four-on-the-floor beat, off-beat,
        polyrhythmic, groove
    """,
}
"""The descriptors by kind, separated by commas, common ones first; completions keep this order."""

CONTRADICTIONS = (
    (
        "slow, very slow, ballad, rubato, downtempo, 60 bpm, 70 bpm",
        "fast, very fast, uptempo, energetic, hardstyle, drum and bass, 160 bpm, 174 bpm",
    ),
    (
        "happy, cheerful, joyful, sunny, carefree, euphoric",
        "sad, melancholic, gloomy, mournful, somber, ominous, menacing, heartbroken",
    ),
    (
        "calm, peaceful, relaxing, soothing, serene, meditative, lullaby",
        "aggressive, angry, intense, thrash metal, death metal, hardcore punk, screamed vocals, "
        "energetic",
    ),
    (
        "instrumental, no vocals",
        "female vocals, male vocals, duet, choir, rap vocals, falsetto, a cappella, harmonies, "
        "soulful vocals, powerful vocals",
    ),
    (
        "a cappella",
        "electric guitar, synth, drums, bass, piano, orchestra, strings, distorted guitar",
    ),
    ("minimal, sparse, stripped-down", "wall of sound, dense, lush, full orchestra, epic"),
    (
        "acoustic, unplugged",
        "edm, dubstep, techno, synth lead, distorted guitar, industrial, hyperpop",
    ),
    (
        "lo-fi, lo-fi production, bedroom recording, garage recording, muddy",
        "hi-fi, polished, studio quality, radio ready, clean mix, crisp",
    ),
    ("major key", "minor key"),
    ("dry", "reverb, heavily reverbed, echo, reverb vocals"),
    (
        "intimate, tender, whispered vocals",
        "belting, screamed vocals, growls, arena rock, anthemic",
    ),
    ("futuristic", "vintage, retro, vintage recording"),
    ("light, bouncy", "heavy, doom metal, brooding"),
)
"""Pairs of groups; a style should have descriptors from only one group of each pair."""
