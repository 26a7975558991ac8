//! Where the demo's hospitals are: names, towns and numbers as they are there.
//!
//! Nobody is meant. Phone numbers of Britain are of the ranges that its regulator keeps for films: landlines only, because
//! its mobile ones are no numbers to a machine. India keeps none, so that these have the form of its mobile numbers.

use super::dice::Dice;

/// A given or family name; in a second script where people write it in one.
pub(super) type Written = (&'static str, &'static str);

/// One town: name, state or county, beginning of its postal codes.
pub(super) type Town = (&'static str, &'static str, &'static str);

/// The country of a demo hospital.
pub(super) struct Country {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) time_zone: &'static str,
    pub(super) currency: &'static str,
    pub(super) address: &'static str,
    pub(super) phone: &'static str,
    pub(super) women: &'static [Written],
    pub(super) men: &'static [Written],
    pub(super) families: &'static [Written],
    pub(super) streets: &'static [&'static str],
    pub(super) towns: &'static [Town],
    pub(super) languages: &'static [&'static str],
    /// BCP 47, of its doctors.
    pub(super) spoken: &'static [&'static str],
    pub(super) document: &'static str,
    pub(super) qualifications: &'static [&'static str],
    pub(super) council: &'static str,
    /// Of a consultation, in minor units.
    pub(super) fee_minor: i64,
}

pub(super) static INDIA: Country = Country {
    code: "IN",
    name: "India",
    time_zone: "Asia/Kolkata",
    currency: "INR",
    address: "14 Laxmi Road, Pune 411030, Maharashtra",
    phone: "+91 20 2445 1200",
    women: &[
        ("Aarti", "आरती"),
        ("Anjali", "अंजली"),
        ("Asha", "आशा"),
        ("Deepa", "दीपा"),
        ("Divya", "दिव्या"),
        ("Fatima", "फातिमा"),
        ("Gauri", "गौरी"),
        ("Ishita", "इशिता"),
        ("Kavita", "कविता"),
        ("Lakshmi", "लक्ष्मी"),
        ("Madhuri", "माधुरी"),
        ("Meera", "मीरा"),
        ("Nandini", "नंदिनी"),
        ("Neha", "नेहा"),
        ("Pooja", "पूजा"),
        ("Priya", "प्रिया"),
        ("Radha", "राधा"),
        ("Rekha", "रेखा"),
        ("Sana", "सना"),
        ("Savita", "सविता"),
        ("Shreya", "श्रेया"),
        ("Sunita", "सुनीता"),
        ("Swati", "स्वाती"),
        ("Vidya", "विद्या"),
    ],
    men: &[
        ("Ajay", "अजय"),
        ("Amit", "अमित"),
        ("Anil", "अनिल"),
        ("Arjun", "अर्जुन"),
        ("Deepak", "दीपक"),
        ("Ganesh", "गणेश"),
        ("Imran", "इमरान"),
        ("Karan", "करण"),
        ("Kishore", "किशोर"),
        ("Mahesh", "महेश"),
        ("Manoj", "मनोज"),
        ("Nikhil", "निखिल"),
        ("Prakash", "प्रकाश"),
        ("Rahul", "राहुल"),
        ("Rajesh", "राजेश"),
        ("Ramesh", "रमेश"),
        ("Rohan", "रोहन"),
        ("Sachin", "सचिन"),
        ("Sandeep", "संदीप"),
        ("Sanjay", "संजय"),
        ("Suresh", "सुरेश"),
        ("Vijay", "विजय"),
        ("Vikram", "विक्रम"),
        ("Yusuf", "यूसुफ"),
    ],
    families: &[
        ("Bhosale", "भोसले"),
        ("Chavan", "चव्हाण"),
        ("Deshmukh", "देशमुख"),
        ("Deshpande", "देशपांडे"),
        ("D'Souza", "डिसूजा"),
        ("Gaikwad", "गायकवाड"),
        ("Gokhale", "गोखले"),
        ("Iyer", "अय्यर"),
        ("Jadhav", "जाधव"),
        ("Joshi", "जोशी"),
        ("Kale", "काळे"),
        ("Khan", "खान"),
        ("Kulkarni", "कुलकर्णी"),
        ("More", "मोरे"),
        ("Naik", "नाईक"),
        ("Nair", "नायर"),
        ("Patel", "पटेल"),
        ("Patil", "पाटील"),
        ("Pawar", "पवार"),
        ("Rao", "राव"),
        ("Sathe", "साठे"),
        ("Shah", "शाह"),
        ("Shaikh", "शेख"),
        ("Sharma", "शर्मा"),
        ("Shinde", "शिंदे"),
        ("Singh", "सिंह"),
        ("Tambe", "तांबे"),
        ("Thomas", "थॉमस"),
        ("Verma", "वर्मा"),
        ("Wagh", "वाघ"),
    ],
    streets: &[
        "Tilak Road",
        "Karve Road",
        "Prabhat Road",
        "Sinhagad Road",
        "Bajirao Road",
        "Paud Road",
        "Fergusson College Road",
        "Shivaji Nagar",
    ],
    towns: &[
        ("Pune", "Maharashtra", "411"),
        ("Pimpri-Chinchwad", "Maharashtra", "411"),
        ("Satara", "Maharashtra", "415"),
        ("Ahmednagar", "Maharashtra", "414"),
    ],
    languages: &["Marathi", "Hindi", "English", "Gujarati", "Urdu"],
    spoken: &["mr", "hi", "en"],
    document: "PAN",
    qualifications: &["MBBS, MD (Medicine)", "MBBS, DNB (General Medicine)", "MBBS, MD (Family Medicine)"],
    council: "MMC",
    fee_minor: 60_000,
};

pub(super) static BRITAIN: Country = Country {
    code: "GB",
    name: "United Kingdom",
    time_zone: "Europe/London",
    currency: "GBP",
    address: "8 Chapel Street, Manchester M3 5DW",
    phone: "+44 161 496 0100",
    women: &[
        ("Aisha", ""),
        ("Amelia", ""),
        ("Bethan", ""),
        ("Charlotte", ""),
        ("Chloe", ""),
        ("Eilidh", ""),
        ("Emily", ""),
        ("Freya", ""),
        ("Grace", ""),
        ("Hannah", ""),
        ("Ines", ""),
        ("Isla", ""),
        ("Joanna", ""),
        ("Katarzyna", ""),
        ("Lucy", ""),
        ("Margaret", ""),
        ("Mary", ""),
        ("Niamh", ""),
        ("Olivia", ""),
        ("Ruth", ""),
        ("Siân", ""),
        ("Sophie", ""),
        ("Yasmin", ""),
        ("Zoë", ""),
    ],
    men: &[
        ("Adam", ""),
        ("Alasdair", ""),
        ("Benjamin", ""),
        ("Callum", ""),
        ("Daniel", ""),
        ("David", ""),
        ("Dylan", ""),
        ("Edward", ""),
        ("George", ""),
        ("Harry", ""),
        ("Huw", ""),
        ("Ibrahim", ""),
        ("Jack", ""),
        ("James", ""),
        ("John", ""),
        ("Liam", ""),
        ("Michael", ""),
        ("Oliver", ""),
        ("Owen", ""),
        ("Peter", ""),
        ("Seán", ""),
        ("Thomas", ""),
        ("Tomasz", ""),
        ("William", ""),
    ],
    families: &[
        ("Ahmed", ""),
        ("Bailey", ""),
        ("Bennett", ""),
        ("Brown", ""),
        ("Campbell", ""),
        ("Chowdhury", ""),
        ("Clarke", ""),
        ("Davies", ""),
        ("Edwards", ""),
        ("Evans", ""),
        ("Fernández", ""),
        ("Green", ""),
        ("Hughes", ""),
        ("Hussain", ""),
        ("Jackson", ""),
        ("Jones", ""),
        ("Kowalski", ""),
        ("Lewis", ""),
        ("MacDonald", ""),
        ("Murphy", ""),
        ("Ó Briain", ""),
        ("Patel", ""),
        ("Roberts", ""),
        ("Robinson", ""),
        ("Singh", ""),
        ("Smith", ""),
        ("Taylor", ""),
        ("Williams", ""),
        ("Wood", ""),
        ("Wright", ""),
    ],
    streets: &[
        "Oxford Road",
        "Station Road",
        "Victoria Avenue",
        "Church Lane",
        "Mill Street",
        "Park Road",
        "Queens Drive",
        "Wellington Terrace",
    ],
    towns: &[
        ("Manchester", "Greater Manchester", "M14"),
        ("Salford", "Greater Manchester", "M6"),
        ("Stockport", "Greater Manchester", "SK4"),
        ("Bolton", "Greater Manchester", "BL1"),
    ],
    languages: &["English", "English", "English", "Polish", "Urdu", "Welsh"],
    spoken: &["en", "pl", "ur"],
    document: "PASSPORT",
    qualifications: &["MBChB, MRCP (UK)", "MB BCh BAO, MRCGP", "MBBS, MRCP (UK)"],
    council: "GMC",
    fee_minor: 8_500,
};

impl Country {
    /// A number as people of the country type it.
    pub(super) fn number(&self, dice: &mut Dice, landline: bool) -> String {
        match (self.code, landline) {
            ("IN", false) => {
                let head = *dice.one(&["98220", "98230", "98500", "94220", "99220"]);
                format!("{head} {:05}", dice.between(10_000, 99_999))
            }
            ("IN", true) => format!("020 {:04} {:04}", dice.between(2400, 2599), dice.between(0, 9999)),
            (_, _) => {
                let head = *dice.one(&[
                    "0161 496 0",
                    "0161 496 0",
                    "0161 496 0",
                    "0113 496 0",
                    "0114 496 0",
                    "0121 496 0",
                    "0131 496 0",
                    "020 7946 0",
                ]);
                format!("{head}{:03}", dice.between(0, 999))
            }
        }
    }

    /// A postal code of this town.
    pub(super) fn postal_code(&self, dice: &mut Dice, town: &Town) -> String {
        if self.code == "IN" {
            return format!("{}{:03}", town.2, dice.between(1, 60));
        }
        let letters = *dice.one(&["AB", "DF", "HJ", "LN", "PQ", "RS", "TU", "WX"]);
        format!("{} {}{letters}", town.2, dice.between(1, 9))
    }

    /// A paper that proves who somebody is; of a form that its authority does not give out.
    pub(super) fn document_number(&self, dice: &mut Dice) -> String {
        let digits = dice.between(1000, 9999);
        if self.code == "IN" {
            return format!("ZZZPD{digits}Z");
        }
        format!("99900{digits}")
    }
}
