"""Words: names of people, titles of films, what people write."""

FIRST_NAMES = (
    "Ada", "Aiko", "Alma", "Amara", "Anders", "Anna", "Arjun", "Astrid", "Beatriz", "Benoit", "Bruno",
    "Camille", "Carlos", "Carmen", "Chen", "Clara", "Daniel", "Diego", "Elena", "Elif", "Emil", "Emma",
    "Esther", "Fatima", "Felix", "Femi", "Freya", "Gabriel", "Giulia", "Grace", "Hana", "Hugo", "Ines",
    "Ingrid", "Ivan", "Jakub", "Jan", "Jonas", "Juan", "Julia", "Kai", "Kaya", "Kenji", "Lars", "Laura",
    "Leila", "Leo", "Lina", "Lucas", "Luisa", "Maja", "Marco", "Maria", "Mateo", "Maya", "Mei", "Mila",
    "Mohamed", "Nadia", "Naomi", "Nils", "Noah", "Nora", "Olga", "Oliver", "Omar", "Oscar", "Pablo",
    "Paula", "Pedro", "Petra", "Priya", "Rafael", "Rania", "Rosa", "Samuel", "Sara", "Simon", "Sofia",
    "Sven", "Tariq", "Teresa", "Thomas", "Tomas", "Valeria", "Vera", "Victor", "Wei", "Yara", "Zofia",
)  # fmt: skip

LAST_NAMES = (
    "Abe", "Adeyemi", "Ahmed", "Almeida", "Andersen", "Bauer", "Becker", "Bernard", "Bianchi", "Bosch",
    "Brown", "Castro", "Chen", "Costa", "Davies", "Demir", "Diaz", "Dubois", "Eriksen", "Evans", "Faure",
    "Fernandez", "Fischer", "Fontaine", "Garcia", "Gomez", "Gupta", "Haddad", "Hansen", "Harris",
    "Hoffmann", "Hughes", "Ito", "Jansen", "Jensen", "Johnson", "Kaplan", "Kaur", "Keller", "Kim",
    "Kowalski", "Kumar", "Lambert", "Larsen", "Leroy", "Lewis", "Lima", "Lindqvist", "Lopez", "Mancini",
    "Martin", "Mehta", "Meyer", "Moreau", "Moreno", "Mori", "Murphy", "Nakamura", "Navarro", "Nguyen",
    "Nowak", "Okafor", "Olsen", "Patel", "Pereira", "Petit", "Ramos", "Reyes", "Ricci", "Rivera", "Roberts",
    "Rossi", "Ruiz", "Sato", "Schmidt", "Schneider", "Sharma", "Silva", "Singh", "Smith", "Sousa", "Suzuki",
    "Tanaka", "Taylor", "Torres", "Vargas", "Visser", "Walker", "Weber", "Wilson", "Wood", "Wright",
    "Yamada", "Yilmaz", "Zhang",
)  # fmt: skip

ADJECTIVES = (
    "Amber", "Ancient", "Blue", "Borrowed", "Broken", "Burning", "Crimson", "Distant", "Drowned",
    "Electric", "Empty", "Endless", "Faithful", "Fallen", "Final", "Forgotten", "Frozen", "Gentle",
    "Gilded", "Golden", "Hidden", "Hollow", "Honest", "Hungry", "Invisible", "Iron", "Last", "Little",
    "Lonely", "Lost", "Midnight", "Northern", "Paper", "Perfect", "Quiet", "Reckless", "Restless", "Salted",
    "Second", "Secret", "Silent", "Silver", "Slow", "Small", "Stolen", "Sudden", "Tender", "Unwritten",
    "Wandering", "Winter",
)  # fmt: skip

NOUNS = (
    "Archive", "Atlas", "Bell", "Bridge", "Cartographer", "Choir", "Circus", "Clockmaker", "Colony",
    "Compass", "Crown", "Daughter", "Detective", "Dream", "Engine", "Falcon", "Ferry", "Garden", "Glacier",
    "Harbour", "Hour", "Hunter", "Inheritance", "Island", "Journey", "Kingdom", "Lantern", "Library",
    "Lighthouse", "Map", "Memory", "Mirror", "Neighbour", "Oath", "Orchard", "Orchestra", "Passenger",
    "Promise", "River", "Season", "Shadow", "Signal", "Stranger", "Summer", "Tide", "Tower", "Train",
    "Verdict", "Voyage", "Witness",
)  # fmt: skip

PLACES = (
    "Alder Bay", "Ashford", "Bellmoor", "Calder", "Cape Sorrow", "Corvane", "Dunmere", "Eastholm",
    "Elm Street", "Fairhaven", "Glass Valley", "Greywater", "Harrow Hill", "Kestrel Point", "Lindau",
    "Marrow Creek", "Montclair", "Nerava", "Orsk", "Port Lumen", "Ravenna", "Saint Aurel", "Sandmere",
    "Stonebridge", "the Deep", "the Moon", "the North", "the Plains", "Valmora", "Westmark",
)  # fmt: skip

SUBJECTS = (
    "Bees", "Bread", "Bridges", "Cathedrals", "Deserts", "Forests", "Forgery", "Glaciers", "Gold", "Ink",
    "Islands", "Jazz", "Lightning", "Maps", "Migration", "Oceans", "Orbit", "Rivers", "Salt", "Silk",
    "Spice", "Steam", "Tides", "Volcanoes", "Whales", "Wolves",
)  # fmt: skip

EPISODE_WORDS = (
    "Arrival", "A Debt Repaid", "After Hours", "All the Doors", "Cold Morning", "Crossing", "Echo",
    "Fault Lines", "First Light", "Homecoming", "Interlude", "Low Tide", "Nightfall", "No Return",
    "Old Friends", "One More Day", "Open Water", "Out of Reach", "Reckoning", "Safe Passage",
    "Second Chances", "Snowfall", "The Bargain", "The Guest", "The Letter", "The List", "The Visitor",
    "The Wager", "Turning Point", "What Remains",
)  # fmt: skip

TAGS = (
    "award winner", "based on a book", "based on true events", "bingeable", "classic", "dark", "feel-good",
    "for the family", "heist", "independent", "mind-bending", "new", "period", "road trip", "slow burn",
    "small town", "space", "strong lead", "time travel", "witty",
)  # fmt: skip

# What the service does not have, the most wanted first.
UNANSWERABLE = (
    "ghost bakery musical", "live football", "moon cheese documentry", "season 9", "how to cancel",
    "that film with the boat", "tv guide", "free movies download", "4k test pattern", "asdfgh", "xzqw", "zzz",
)  # fmt: skip

GENRES = (
    "Action", "Animation", "Comedy", "Crime", "Drama", "Family", "Fantasy", "History", "Horror", "Nature",
    "Romance", "Science Fiction",
)  # fmt: skip

SUBGENRES = (
    "Heist", "Martial Arts", "Spy", "Anime", "Computer Animation", "Stop Motion", "Dark Comedy", "Satire",
    "Sitcom", "Detective", "Gangster", "True Crime", "Coming of Age", "Courtroom", "Medical", "Adventure",
    "Holiday", "Musical", "Epic", "Fairy Tale", "Urban Fantasy", "Biography", "War", "Antiquity",
    "Psychological", "Slasher", "Supernatural", "Oceans", "Wildlife", "Climate", "Period Romance",
    "Romantic Comedy", "Tearjerker", "Cyberpunk", "Space Opera", "Time Travel",
)  # fmt: skip
