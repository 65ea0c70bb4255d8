"""Who writes in the demo world: the company's mailboxes, its colleagues, and its customers.

The customers are those of Odoo's own demo data (``crm/data/crm_lead_demo.xml`` and
``base/data/res_partner_demo.xml``), so that their mail belongs to a contact or a lead.
"""

from dataclasses import dataclass
from email.utils import formataddr
from zoneinfo import ZoneInfo

DOMAIN = "yourcompany.example"
# Hours in the texts are hours at the company.
COMPANY_ZONE = ZoneInfo("America/Los_Angeles")


@dataclass(frozen=True)
class Person:
    """Somebody who writes mail.

    :ivar client: the mail program, which decides how replies quote: ``gmail``, ``outlook``,
        ``apple``, ``thunderbird`` or ``text``
    :ivar signature: lines below each mail
    :ivar zone: name of the time zone
    :ivar charset: the character set the program writes
    """

    key: str
    name: str
    address: str
    client: str = "gmail"
    signature: str = ""
    zone: str = "America/Los_Angeles"
    charset: str = "utf-8"

    @property
    def header(self):
        """The address as it stands in From or To."""
        return formataddr((self.name, self.address))

    @property
    def is_local(self):
        """Whether this is one of the demo mailboxes."""
        return self.address in MAILBOXES


PASSWORD = "mailbox"  # noqa: S105 - printed on the screen, of mail servers on loopback
MARC = f"marc@{DOMAIN}"
MITCHELL = f"mitchell@{DOMAIN}"
SALES = f"sales@{DOMAIN}"
MAILBOXES = (MARC, MITCHELL, SALES)

COLLEAGUES = [
    Person("marc", "Marc Demo", MARC, "gmail", "Marc Demo\nSales, YourCompany"),
    Person(
        "mitchell",
        "Mitchell Admin",
        MITCHELL,
        "thunderbird",
        "Mitchell Admin\nHead of Sales, YourCompany\n+1 (555) 0148",
        "America/New_York",
    ),
    Person("sales", "YourCompany Sales", SALES, "outlook", "Your sales team at YourCompany"),
    Person("chester", "Chester Reed", "chester.reed79@example.com", "apple", "Chester"),
    Person(
        "dwayne", "Dwayne Newman", "dwayne.newman28@example.com", "outlook", "Dwayne Newman\nCOO"
    ),
    Person("priya", "Priya Nair", f"priya.nair@studio.{DOMAIN}", "gmail", "Priya | design studio"),
    Person("luis", "Luis Ortega", f"luis.ortega@warehouse.{DOMAIN}", "text", "Luis, warehouse 2"),
    Person(
        "ingrid", "Ingrid Holm", f"ingrid.holm@accounts.{DOMAIN}", "outlook", "Ingrid, accounts"
    ),
]

CUSTOMERS = [
    # Contacts
    Person(
        "acme",
        "Acme Corporation",
        "info@agrolait.com",
        "outlook",
        "Acme Corporation\nOffice services",
    ),
    Person(
        "douglas",
        "Douglas Fletcher",
        "douglas.fletcher51@example.com",
        "outlook",
        "Douglas Fletcher\nFunctional Consultant, Acme Corporation",
    ),
    Person("floyd", "Floyd Steward", "floyd.steward34@example.com", "gmail", "Floyd"),
    Person(
        "addison",
        "Addison Olson",
        "addison.olson28@example.com",
        "apple",
        "Addison Olson\nAcme Corporation",
    ),
    Person("readymat", "Ready Mat", "info@deltapc.example.com", "outlook", "Ready Mat"),
    Person(
        "billy", "Billy Fox", "billy.fox45@example.com", "text", "Billy Fox\nproduction, Ready Mat"
    ),
    Person("kim", "Kim Snyder", "kim.snyder96@example.com", "gmail", "Kim Snyder"),
    Person(
        "sandra",
        "Sandra Neal",
        "sandra.neal80@example.com",
        "outlook",
        "Sandra Neal | Sales Manager | Ready Mat",
    ),
    Person(
        "julie",
        "Julie Richards",
        "julie.richards84@example.com",
        "outlook",
        "Julie Richards\nFinancial Manager, Ready Mat",
    ),
    Person(
        "gemini",
        "Gemini Furniture",
        "john.b@tech.info",
        "thunderbird",
        "John M. Brown\nEpic Technologies for Gemini Furniture",
        "Europe/Rome",
    ),
    Person(
        "edwin",
        "Edwin Hansen",
        "edwin.hansen58@example.com",
        "gmail",
        "Edwin Hansen\nGemini Furniture, San Marino",
        "Europe/Rome",
    ),
    Person("soham", "Soham Palmer", "soham.palmer15@example.com", "apple", "Soham", "Europe/Rome"),
    Person(
        "azure",
        "Azure Interior",
        "vauxoo@yourcompany.example.com",
        "thunderbird",
        "Azure Interior, Fremont",
    ),
    Person("brandon", "Brandon Freeman", "brandon.freeman55@example.com", "apple", "Brandon"),
    Person(
        "nicole",
        "Nicole Ford",
        "nicole.ford75@example.com",
        "gmail",
        "Nicole Ford\nDirector, Azure Interior",
    ),
    Person("colleen", "Colleen Diaz", "colleen.diaz83@example.com", "outlook", "Colleen Diaz"),
    Person("lumber", "Lumber Inc", "lumber-inv92@example.com", "text", "Lumber Inc, Stockton"),
    Person("lorraine", "Lorraine Douglas", "lorraine.douglas35@example.com", "gmail", "Lorraine"),
    Person(
        "woodcorner", "Wood Corner", "bhu.a100@ic.example.com", "outlook", "Wood Corner, Turlock"
    ),
    Person(
        "willie", "Willie Burke", "willie.burke80@example.com", "gmail", "Willie Burke\nWood Corner"
    ),
    Person("ron", "Ron Gibson", "ron.gibson76@example.com", "text", "Ron"),
    Person(
        "toni",
        "Toni Rhodes",
        "toni.rhodes11@example.com",
        "apple",
        "Toni Rhodes\nManaging Partner, The Jackson Group",
    ),
    Person("gordon", "Gordon Owens", "gordon.owens47@example.com", "outlook", "Gordon Owens"),
    Person(
        "erik",
        "Erik N. French",
        "ErikNFrench@armyspy.com",
        "gmail",
        "Erik N. French\nOpenWood",
        "Europe/Luxembourg",
    ),
    Person("lightsup", "LightsUp", "lightsup@example.com", "gmail", "LightsUp"),
    # Leads and opportunities without a contact
    Person(
        "dunagan",
        "Jacques Dunagan",
        "jdunagan@leclub.example.com",
        "apple",
        "Jacques Dunagan\nLe Club SARL",
        "Europe/Paris",
    ),
    Person(
        "dufour",
        "Marc Dufour",
        "md@oilcompany.fr",
        "outlook",
        "Marc Dufour\nThe Oil Company",
        "Europe/Paris",
        "iso-8859-1",
    ),
    Person(
        "miller",
        "John Miller",
        "contact@thekompany.example.com",
        "gmail",
        "John Miller, The Kompany",
    ),
    Person("campbell", "Henry Campbell", "hmc@yahoo.example.com", "text", "Henry"),
    Person(
        "helle",
        "Carrie Helle",
        "helle@stonageit.example.com",
        "outlook",
        "Carrie Helle\nStonage IT",
    ),
    Person("pinero", "Tina Pinero", "tina@opensides.example.com", "gmail", "Tina Pinero"),
    Person("logan", "Logan", "logan_expert@gmail.example.com", "gmail", "Logan"),
    Person(
        "garcia", "Jose Garcia", "jga@solar.example.com", "thunderbird", "José García\nSolar IT"
    ),
    Person(
        "mcencroe", "Will McEncroe", "willmac@rediffmail.example.com", "outlook", "Will McEncroe"
    ),
    Person(
        "passot",
        "Oliver Passot",
        "olivier.passo@balmer.inc.sa",
        "apple",
        "Oliver Passot\nBalmer Inc. S.A.",
        "Asia/Riyadh",
    ),
    Person("henry", "Henry Jordan", "henry@elight.com", "gmail", "Henry Jordan, E-light Industry"),
    Person("mycompany", "Facilities", "info@mycompany.net", "text", "Facilities desk"),
    Person("oxshott", "Rosalynd Oxshott", "roxshott9@trellian.com", "outlook", "Rosalynd Oxshott"),
    Person("redford", "Chalmers Redford", "credford4@salon.com", "gmail", "Chalmers Redford\nMuxo"),
    Person("seiller", "Franny Seiller", "fseiller1@theglobeandmail.com", "apple", "Franny"),
    Person(
        "rochon",
        "Gaston Rochon",
        "GastonRochon@example.com",
        "outlook",
        "Gaston Rochon\nAcadia College",
    ),
    Person(
        "grabert",
        "Napoleon Grabert",
        "ngrabert2@dailymail.co.uk",
        "gmail",
        "Napoleon Grabert",
        "Europe/London",
    ),
]

STRANGERS = [
    Person(
        "minji",
        "김민지",
        "minji.kim@hanbit.example",
        "outlook",
        "김민지 대리\n한빛사무가구 구매팀",
        "Asia/Seoul",
        "euc-kr",
    ),
    Person(
        "tanaka",
        "田中 健一",
        "tanaka@aozora-shoji.example",
        "thunderbird",
        "青空商事株式会社\n田中 健一",
        "Asia/Tokyo",
        "iso-2022-jp",
    ),
    Person(
        "olga",
        "Ольга Петрова",
        "o.petrova@mebelmir.example",
        "text",
        "Ольга Петрова\nМебель-Мир",
        "Europe/Belgrade",
        "koi8-r",
    ),
    Person(
        "layla",
        "ليلى حداد",
        "layla@almaktab.example",
        "outlook",
        "ليلى حداد\nالمكتب الحديث",
        "Asia/Dubai",
        "windows-1256",
    ),
    Person(
        "jurgen",
        "Jürgen Groß",
        "j.gross@moebelmesse.example",
        "outlook",
        "Jürgen Groß\nMöbelmesse Köln GmbH",
        "Europe/Berlin",
        "iso-8859-15",
    ),
    Person(
        "dentist",
        "Dr. Alvarez Dental Care",
        "reception@alvarez-dental.example",
        "text",
        "Dr. Alvarez Dental Care",
    ),
    Person(
        "doctor",
        "Eugene Family Practice",
        "appointments@eugene-practice.example",
        "outlook",
        "Eugene Family Practice",
    ),
    Person("sister", "Julia Demo", "julia.demo@family.example", "apple", "J."),
    Person("mother", "Mom", "helen.demo@family.example", "gmail", ""),
    Person(
        "school",
        "Oak Street Elementary",
        "office@oakstreet-school.example",
        "outlook",
        "Oak Street Elementary School",
    ),
    Person("landlord", "Renata Silva", "renata@silva-rentals.example", "gmail", "Renata Silva"),
    Person("wife", "Anne Admin", "anne@family.example", "apple", "A"),
    Person("choir", "Scranton Chamber Choir", "board@scranton-choir.example", "text", "The board"),
]

PEOPLE = {person.key: person for person in [*COLLEAGUES, *CUSTOMERS, *STRANGERS]}
