//! Countries by ISO 3166-1, and which one a hospital is most likely in.

use super::phone;

/// A country that a hospital may be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2, for example `NP`.
    pub code: &'static str,
    pub name: &'static str,
}

macro_rules! countries {
    ($($code:literal $name:literal,)+) => {
        /// All of them, sorted by name.
        pub const COUNTRIES: &[Country] = &[$(Country { code: $code, name: $name },)+];
    };
}

countries! {
    "AF" "Afghanistan", "AX" "Åland Islands", "AL" "Albania", "DZ" "Algeria", "AS" "American Samoa",
    "AD" "Andorra", "AO" "Angola", "AI" "Anguilla", "AQ" "Antarctica", "AG" "Antigua and Barbuda",
    "AR" "Argentina", "AM" "Armenia", "AW" "Aruba", "AU" "Australia", "AT" "Austria", "AZ" "Azerbaijan",
    "BS" "Bahamas", "BH" "Bahrain", "BD" "Bangladesh", "BB" "Barbados", "BY" "Belarus", "BE" "Belgium",
    "BZ" "Belize", "BJ" "Benin", "BM" "Bermuda", "BT" "Bhutan", "BO" "Bolivia",
    "BQ" "Bonaire, Sint Eustatius and Saba", "BA" "Bosnia and Herzegovina", "BW" "Botswana",
    "BV" "Bouvet Island", "BR" "Brazil", "IO" "British Indian Ocean Territory", "VG" "British Virgin Islands",
    "BN" "Brunei", "BG" "Bulgaria", "BF" "Burkina Faso", "BI" "Burundi", "CV" "Cabo Verde", "KH" "Cambodia",
    "CM" "Cameroon", "CA" "Canada", "KY" "Cayman Islands", "CF" "Central African Republic", "TD" "Chad",
    "CL" "Chile", "CN" "China", "CX" "Christmas Island", "CC" "Cocos (Keeling) Islands", "CO" "Colombia",
    "KM" "Comoros", "CG" "Congo", "CD" "Congo, Democratic Republic", "CK" "Cook Islands", "CR" "Costa Rica",
    "CI" "Côte d’Ivoire", "HR" "Croatia", "CU" "Cuba", "CW" "Curaçao", "CY" "Cyprus", "CZ" "Czechia",
    "DK" "Denmark", "DJ" "Djibouti", "DM" "Dominica", "DO" "Dominican Republic", "EC" "Ecuador", "EG" "Egypt",
    "SV" "El Salvador", "GQ" "Equatorial Guinea", "ER" "Eritrea", "EE" "Estonia", "SZ" "Eswatini",
    "ET" "Ethiopia", "FK" "Falkland Islands", "FO" "Faroe Islands", "FJ" "Fiji", "FI" "Finland", "FR" "France",
    "GF" "French Guiana", "PF" "French Polynesia", "TF" "French Southern Territories", "GA" "Gabon",
    "GM" "Gambia", "GE" "Georgia", "DE" "Germany", "GH" "Ghana", "GI" "Gibraltar", "GR" "Greece",
    "GL" "Greenland", "GD" "Grenada", "GP" "Guadeloupe", "GU" "Guam", "GT" "Guatemala", "GG" "Guernsey",
    "GN" "Guinea", "GW" "Guinea-Bissau", "GY" "Guyana", "HT" "Haiti", "HM" "Heard and McDonald Islands",
    "HN" "Honduras", "HK" "Hong Kong", "HU" "Hungary", "IS" "Iceland", "IN" "India", "ID" "Indonesia",
    "IR" "Iran", "IQ" "Iraq", "IE" "Ireland", "IM" "Isle of Man", "IL" "Israel", "IT" "Italy", "JM" "Jamaica",
    "JP" "Japan", "JE" "Jersey", "JO" "Jordan", "KZ" "Kazakhstan", "KE" "Kenya", "KI" "Kiribati", "KW" "Kuwait",
    "KG" "Kyrgyzstan", "LA" "Laos", "LV" "Latvia", "LB" "Lebanon", "LS" "Lesotho", "LR" "Liberia", "LY" "Libya",
    "LI" "Liechtenstein", "LT" "Lithuania", "LU" "Luxembourg", "MO" "Macao", "MG" "Madagascar", "MW" "Malawi",
    "MY" "Malaysia", "MV" "Maldives", "ML" "Mali", "MT" "Malta", "MH" "Marshall Islands", "MQ" "Martinique",
    "MR" "Mauritania", "MU" "Mauritius", "YT" "Mayotte", "MX" "Mexico", "FM" "Micronesia", "MD" "Moldova",
    "MC" "Monaco", "MN" "Mongolia", "ME" "Montenegro", "MS" "Montserrat", "MA" "Morocco", "MZ" "Mozambique",
    "MM" "Myanmar", "NA" "Namibia", "NR" "Nauru", "NP" "Nepal", "NL" "Netherlands", "NC" "New Caledonia",
    "NZ" "New Zealand", "NI" "Nicaragua", "NE" "Niger", "NG" "Nigeria", "NU" "Niue", "NF" "Norfolk Island",
    "KP" "North Korea", "MK" "North Macedonia", "MP" "Northern Mariana Islands", "NO" "Norway", "OM" "Oman",
    "PK" "Pakistan", "PW" "Palau", "PS" "Palestine", "PA" "Panama", "PG" "Papua New Guinea", "PY" "Paraguay",
    "PE" "Peru", "PH" "Philippines", "PN" "Pitcairn", "PL" "Poland", "PT" "Portugal", "PR" "Puerto Rico",
    "QA" "Qatar", "RE" "Réunion", "RO" "Romania", "RU" "Russia", "RW" "Rwanda", "BL" "Saint Barthélemy",
    "SH" "Saint Helena, Ascension and Tristan da Cunha", "KN" "Saint Kitts and Nevis", "LC" "Saint Lucia",
    "MF" "Saint Martin (French part)", "PM" "Saint Pierre and Miquelon",
    "VC" "Saint Vincent and the Grenadines", "WS" "Samoa", "SM" "San Marino", "ST" "São Tomé and Príncipe",
    "SA" "Saudi Arabia", "SN" "Senegal", "RS" "Serbia", "SC" "Seychelles", "SL" "Sierra Leone",
    "SG" "Singapore", "SX" "Sint Maarten (Dutch part)", "SK" "Slovakia", "SI" "Slovenia",
    "SB" "Solomon Islands", "SO" "Somalia", "ZA" "South Africa",
    "GS" "South Georgia and South Sandwich Islands", "KR" "South Korea", "SS" "South Sudan", "ES" "Spain",
    "LK" "Sri Lanka", "SD" "Sudan", "SR" "Suriname", "SJ" "Svalbard and Jan Mayen", "SE" "Sweden",
    "CH" "Switzerland", "SY" "Syria", "TW" "Taiwan", "TJ" "Tajikistan", "TZ" "Tanzania", "TH" "Thailand",
    "TL" "Timor-Leste", "TG" "Togo", "TK" "Tokelau", "TO" "Tonga", "TT" "Trinidad and Tobago", "TN" "Tunisia",
    "TR" "Türkiye", "TM" "Turkmenistan", "TC" "Turks and Caicos Islands", "TV" "Tuvalu", "UG" "Uganda",
    "UA" "Ukraine", "AE" "United Arab Emirates", "GB" "United Kingdom", "US" "United States",
    "UM" "United States Minor Outlying Islands", "VI" "United States Virgin Islands", "UY" "Uruguay",
    "UZ" "Uzbekistan", "VU" "Vanuatu", "VA" "Vatican City", "VE" "Venezuela", "VN" "Vietnam",
    "WF" "Wallis and Futuna", "EH" "Western Sahara", "YE" "Yemen", "ZM" "Zambia", "ZW" "Zimbabwe",
}

/// The country with this code, in any case.
#[must_use]
pub fn country(code: &str) -> Option<&'static Country> {
    COUNTRIES.iter().find(|c| c.code.eq_ignore_ascii_case(code))
}

/// What a newcomer's country probably is: that of the telephone number's country code; else that of the currency,
/// whose first two letters ISO 4217 takes from its country. The dollar of the United States is also what a sign-up has
/// that chose nothing, and tells nothing; nor do the euro and the francs of several countries. A proposal only: the
/// hospital confirms it.
#[must_use]
pub fn proposed(phone: Option<&str>, currency: &str) -> Option<&'static Country> {
    let by_phone = phone.and_then(phone::country_of).and_then(|id| country(id.as_ref()));
    let by_currency = || currency.get(..2).filter(|_| currency != "USD").and_then(country);
    by_phone.or_else(by_currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_whole_sorted_and_without_doubles() {
        assert_eq!(COUNTRIES.len(), 249);
        let mut codes: Vec<_> = COUNTRIES.iter().map(|c| c.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), 249);
        assert_eq!(country("np").map(|c| c.name), Some("Nepal"));
        assert_eq!(country("XX"), None);
    }

    #[test]
    fn the_phone_tells_before_the_currency_and_nothing_is_guessed_from_dollars_and_euros() {
        let code = |phone, currency| proposed(phone, currency).map(|c| c.code);
        assert_eq!(code(Some("+9779841234567"), "INR"), Some("NP"));
        assert_eq!(code(Some("+12045550142"), "USD"), Some("CA"));
        assert_eq!(code(Some("9841234567"), "NPR"), Some("NP"), "no country code in this number");
        assert_eq!(code(None, "KWD"), Some("KW"));
        for currency in ["USD", "EUR", "XOF", "XAF"] {
            assert_eq!(code(None, currency), None, "{currency}");
        }
    }
}
