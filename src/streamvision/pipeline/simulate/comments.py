"""What people write beside a rating, by language: praise, then blame, as many of the one as of the other."""

from collections.abc import Mapping
from types import MappingProxyType

EACH = 4
"""How many sentences of praise, and of blame, a language has."""

COMMENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "en": (
            "Could not stop watching.", "Best thing I have seen this year.", "Beautifully shot.",
            "My whole family liked it.", "A little slow.", "Good idea, weak ending.", "I expected more.",
            "Too long by half an hour.",
        ),
        "fr": (
            "Impossible de décrocher.", "Les acteurs sont formidables.", "Un vrai régal, à revoir.",
            "Toute la famille a aimé.", "Trop long d'une demi-heure.", "Bonne idée, fin ratée.",
            "Je m'attendais à mieux.", "Je me suis ennuyé.",
        ),
        "de": (
            "Konnte nicht aufhören.", "Großartig gespielt.", "Das Beste seit Langem.",
            "Die ganze Familie war begeistert.", "Etwas zu lang.", "Gute Idee, schwaches Ende.",
            "Ich hatte mehr erwartet.", "Die Untertitel hinken nach.",
        ),
        "es": (
            "¡No podía parar de verla!", "Lo mejor que he visto este año.", "Actores maravillosos.",
            "A toda la familia le gustó.", "Demasiado larga.", "Buena idea, final flojo.", "Esperaba más.",
            "Me aburrí un poco.",
        ),
        "pt": (
            "Não consegui parar de ver.", "A melhor do ano.", "Fotografia linda.", "A família toda adorou.",
            "Longa demais.", "Boa ideia, final fraco.", "Esperava mais.", "Um pouco lenta.",
        ),
        "it": (
            "Non riuscivo a smettere.", "La cosa migliore dell'anno.", "Attori bravissimi.",
            "È piaciuta a tutta la famiglia.", "Troppo lunga.", "Bella idea, finale debole.",
            "Mi aspettavo di più.", "Un po' lenta.",
        ),
        "ja": (
            "一気に見てしまいました。", "今年一番の作品。", "映像が美しい。", "家族みんなで楽しめました。",
            "少し長すぎる。", "アイデアは良いが結末が弱い。", "期待外れでした。", "テンポが遅い。",
        ),
        "nl": (
            "Kon niet stoppen met kijken.", "Prachtig gefilmd.", "Het beste van dit jaar.",
            "Leuk voor het hele gezin.", "Iets te lang.", "Goed idee, zwak einde.", "Ik had meer verwacht.",
            "Wat traag.",
        ),
        "pl": (
            "Nie mogłem się oderwać.", "Najlepsze w tym roku.", "Piękne zdjęcia.",
            "Podobało się całej rodzinie.", "Trochę za długie.", "Dobry pomysł, słabe zakończenie.",
            "Spodziewałem się więcej.", "Nudne.",
        ),
        "ko": (
            "멈출 수가 없었어요.", "올해 최고의 작품.", "영상미가 훌륭해요.", "온 가족이 좋아했어요.",
            "조금 길어요.", "결말이 아쉬워요.", "기대보다 별로였어요.", "전개가 느려요.",
        ),
        "sv": (
            "Kunde inte sluta titta.", "Årets bästa.", "Vackert filmad.", "Hela familjen gillade den.",
            "Lite för lång.", "Bra idé, svagt slut.", "Jag hade väntat mig mer.", "Ganska seg.",
        ),
        "tr": (
            "Çok güzel, iki kere izledim.", "Harika bir senaryo.", "Muhteşem görüntüler.",
            "Ailece çok sevdik.",
            "Fazla uzun.", "Fikir güzel, son kötü.", "Beklentim yüksekti.", "Pek sevmedim.",
        ),
        "no": (
            "Klarte ikke å slutte å se.", "Årets beste.", "Vakkert filmet.", "Hele familien likte den.",
            "Litt for lang.", "God idé, svak slutt.", "Jeg hadde ventet mer.", "Ganske treg.",
        ),
    }
)  # fmt: skip
LANGUAGES = tuple(COMMENTS)
SENTENCES = tuple(sentence for language in LANGUAGES for sentence in COMMENTS[language])
