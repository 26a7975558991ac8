//! Currencies by ISO 4217. Amounts are integers in the currency's minor unit.

/// ISO 4217 code of a currency that a hospital may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency {
    pub code: &'static str,
    pub name: &'static str,
    /// Digits after the decimal point: 0 (JPY), 2 (most) or 3 (KWD).
    pub minor_digits: u8,
}

macro_rules! currencies {
    ($($code:literal $digits:literal $name:literal,)+) => {
        /// Offered at sign-up, sorted by code.
        pub const CURRENCIES: &[Currency] = &[$(Currency { code: $code, name: $name, minor_digits: $digits },)+];
    };
}

currencies! {
    "AED" 2 "UAE dirham", "AFN" 2 "Afghani", "ARS" 2 "Argentine peso", "AUD" 2 "Australian dollar",
    "BDT" 2 "Bangladeshi taka", "BHD" 3 "Bahraini dinar", "BRL" 2 "Brazilian real", "CAD" 2 "Canadian dollar",
    "CHF" 2 "Swiss franc", "CLP" 0 "Chilean peso", "CNY" 2 "Chinese yuan", "COP" 2 "Colombian peso",
    "CZK" 2 "Czech koruna", "DKK" 2 "Danish krone", "EGP" 2 "Egyptian pound", "ETB" 2 "Ethiopian birr",
    "EUR" 2 "Euro", "GBP" 2 "Pound sterling", "GHS" 2 "Ghanaian cedi", "HKD" 2 "Hong Kong dollar",
    "IDR" 2 "Indonesian rupiah", "ILS" 2 "Israeli new shekel", "INR" 2 "Indian rupee", "IQD" 3 "Iraqi dinar",
    "JOD" 3 "Jordanian dinar", "JPY" 0 "Japanese yen", "KES" 2 "Kenyan shilling", "KRW" 0 "South Korean won",
    "KWD" 3 "Kuwaiti dinar", "LKR" 2 "Sri Lankan rupee", "MAD" 2 "Moroccan dirham", "MXN" 2 "Mexican peso",
    "MYR" 2 "Malaysian ringgit", "NGN" 2 "Nigerian naira", "NOK" 2 "Norwegian krone", "NPR" 2 "Nepalese rupee",
    "NZD" 2 "New Zealand dollar", "OMR" 3 "Omani rial", "PHP" 2 "Philippine peso", "PKR" 2 "Pakistani rupee",
    "PLN" 2 "Polish zloty", "QAR" 2 "Qatari riyal", "RON" 2 "Romanian leu", "RWF" 0 "Rwandan franc",
    "SAR" 2 "Saudi riyal", "SEK" 2 "Swedish krona", "SGD" 2 "Singapore dollar", "THB" 2 "Thai baht",
    "TND" 3 "Tunisian dinar", "TRY" 2 "Turkish lira", "TZS" 2 "Tanzanian shilling", "UAH" 2 "Ukrainian hryvnia",
    "UGX" 0 "Ugandan shilling", "USD" 2 "US dollar", "VND" 0 "Vietnamese dong", "XAF" 0 "Central African CFA franc",
    "XOF" 0 "West African CFA franc", "ZAR" 2 "South African rand", "ZMW" 2 "Zambian kwacha",
}

/// The currency with this ISO code, in any case.
#[must_use]
pub fn currency(code: &str) -> Option<&'static Currency> {
    CURRENCIES.iter().find(|c| c.code.eq_ignore_ascii_case(code))
}
