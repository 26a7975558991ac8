//! What the demo's patients have for life, and what they come for: with the signs that go with it, and what the doctor
//! writes. Codes are of the set that every hospital starts with (`V20__encounters.sql`).

/// Something that somebody has for life.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) key: &'static str,
    /// As the chart has it.
    pub(super) name: &'static str,
    pub(super) code: &'static str,
    pub(super) from_age: i64,
    /// Goes with a greater weight.
    pub(super) is_heavy: bool,
    only_women: bool,
    /// In how many of a hundred: up to 30, 50, 65 years, and above.
    shares: [u64; 4],
}

const fn condition(
    key: &'static str,
    name: &'static str,
    code: &'static str,
    from_age: i64,
    is_heavy: bool,
    only_women: bool,
    shares: [u64; 4],
) -> Condition {
    Condition { key, name, code, from_age, is_heavy, only_women, shares }
}

pub(super) static CONDITIONS: [Condition; 11] = [
    condition("hypertension", "Hypertension", "I10", 25, false, false, [1, 16, 40, 55]),
    condition("diabetes", "Type 2 diabetes", "E11.9", 30, true, false, [0, 10, 25, 28]),
    condition("asthma", "Asthma", "J45.909", 4, false, false, [9, 6, 5, 4]),
    condition("thyroid", "Hypothyroidism", "E03.9", 18, false, true, [4, 9, 10, 10]),
    condition("heart", "Coronary heart disease", "I25.10", 45, false, false, [0, 1, 7, 16]),
    condition("lungs", "COPD", "J44.9", 45, false, false, [0, 1, 6, 11]),
    condition("kidneys", "Chronic kidney disease", "N18.9", 45, false, false, [0, 0, 4, 10]),
    condition("lipids", "Hyperlipidaemia", "E78.5", 30, false, false, [0, 8, 20, 22]),
    condition("knees", "Osteoarthritis of the knee", "M17.9", 45, true, false, [0, 1, 12, 28]),
    condition("migraine", "Migraine", "G43.909", 12, false, true, [9, 10, 4, 1]),
    condition("anxiety", "Anxiety disorder", "F41.9", 16, false, false, [5, 6, 4, 3]),
];

impl Condition {
    /// In how many of a hundred of this age and sex.
    pub(super) fn share(&self, age: i64, is_woman: bool) -> u64 {
        if age < self.from_age || (self.only_women && !is_woman) {
            return 0;
        }
        let band = match age {
            ..=30 => 0,
            31..=50 => 1,
            51..=65 => 2,
            _ => 3,
        };
        self.shares.get(band).copied().unwrap_or(0)
    }
}

/// How an illness shows in the signs: what is added to what is usual, from and to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signs {
    /// Tenths of a degree.
    pub(super) warmth: (i64, i64),
    pub(super) pulse: (i64, i64),
    pub(super) breaths: (i64, i64),
    /// Points of oxygen saturation that are missing.
    pub(super) spo2_less: (i64, i64),
    pub(super) systolic: (i64, i64),
    pub(super) pain: (i64, i64),
}

const WELL: Signs = Signs {
    warmth: (0, 0),
    pulse: (0, 0),
    breaths: (0, 0),
    spo2_less: (0, 0),
    systolic: (0, 0),
    pain: (0, 0),
};
const FEVER: Signs = Signs { warmth: (14, 27), pulse: (12, 24), breaths: (1, 4), pain: (1, 4), ..WELL };
const WARM: Signs = Signs { warmth: (4, 11), pulse: (4, 10), breaths: (0, 2), pain: (1, 3), ..WELL };
const SORE: Signs = Signs { pulse: (2, 8), systolic: (2, 10), pain: (4, 7), ..WELL };
const BREATHLESS: Signs = Signs { pulse: (10, 22), breaths: (4, 8), spo2_less: (2, 4), pain: (0, 2), ..WELL };
const CHESTY: Signs =
    Signs { warmth: (14, 24), pulse: (16, 28), breaths: (5, 9), spo2_less: (2, 5), pain: (2, 5), ..WELL };

/// A reason to come, and what comes of it. In the texts `{bp}`, `{pulse}`, `{temp}`, `{spo2}`, `{rr}`, `{weight}`,
/// `{glucose}` and `{days}` stand for what was measured and since when.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Visit {
    /// Of which condition it is the check.
    pub(super) of: Option<&'static str>,
    /// Why the patient comes, as the desk writes it.
    pub(super) reason: &'static str,
    pub(super) code: &'static str,
    pub(super) ages: (i64, i64),
    pub(super) only_women: bool,
    /// How often, compared with the others.
    pub(super) often: i64,
    pub(super) signs: Signs,
    pub(super) subjective: &'static str,
    pub(super) objective: &'static str,
    pub(super) assessment: &'static str,
    pub(super) plan: &'static str,
    /// Seen again after so many days, if at all.
    pub(super) again_days: Option<i64>,
}

const PLAIN: Visit = Visit {
    of: None,
    reason: "",
    code: "",
    ages: (0, 120),
    only_women: false,
    often: 4,
    signs: WELL,
    subjective: "",
    objective: "",
    assessment: "",
    plan: "",
    again_days: None,
};

macro_rules! visit {
    ($($field:ident: $value:expr),+ $(,)?) => {
        Visit { $($field: $value,)+ ..PLAIN }
    };
}

pub(super) static VISITS: [Visit; 30] = [
    visit! {
        of: Some("hypertension"), reason: "Blood pressure check", code: "I10", often: 30, again_days: Some(28),
        subjective: "Feels well. No headache, chest pain or visual change. Takes the tablets on most days; salt was not reduced.",
        objective: "Blood pressure {bp}, repeated after rest. Pulse {pulse}, regular. Heart and lungs without findings, no oedema.",
        assessment: "Hypertension, above the goal at this visit.",
        plan: "Amlodipine 5 mg once daily goes on; taking it every day was talked about. Home readings for two weeks. Creatinine and potassium. See again in four weeks.",
    },
    visit! {
        of: Some("diabetes"), reason: "Diabetes check", code: "E11.9", often: 30, again_days: Some(42),
        subjective: "No hypoglycaemia. Walks half an hour on most days. Metformin is taken with meals and tolerated.",
        objective: "Glucose {glucose} mg/dl. Weight {weight} kg, blood pressure {bp}. Feet: skin intact, pulses felt, monofilament felt.",
        assessment: "Type 2 diabetes, control could be better.",
        plan: "Metformin 1000 mg twice daily goes on. HbA1c and urine albumin. Eyes are checked once this year. See again in six weeks.",
    },
    visit! {
        of: Some("asthma"), reason: "Asthma review", code: "J45.909", often: 20, again_days: Some(60),
        subjective: "Wakes at night once a week with cough. Uses the reliever three times a week, the preventer not every day.",
        objective: "Saturation {spo2} %, respiratory rate {rr}. Chest clear, expiration not prolonged.",
        assessment: "Asthma, partly controlled.",
        plan: "Preventer inhaler every morning and evening; the technique was shown and repeated. Written plan given.",
    },
    visit! {
        of: Some("asthma"), reason: "Short of breath", code: "J45.901", often: 8, signs: BREATHLESS, again_days: Some(7),
        subjective: "Tight chest and wheeze for {days} days after a cold. Reliever every four hours, with short relief.",
        objective: "Speaks in sentences. Saturation {spo2} %, respiratory rate {rr}, pulse {pulse}. Wheeze on both sides.",
        assessment: "Exacerbation of asthma, moderate.",
        plan: "Salbutamol by spacer with good effect. Prednisolone for five days, preventer goes on. Come back at once if speaking gets hard. See again in a week.",
    },
    visit! {
        of: Some("thyroid"), reason: "Thyroid check", code: "E03.9", often: 16, again_days: Some(84),
        subjective: "Less tired than before. Takes levothyroxine in the morning before breakfast.",
        objective: "Weight {weight} kg, pulse {pulse}. Neck: no goitre. Skin dry.",
        assessment: "Hypothyroidism under replacement.",
        plan: "TSH today. The dose stays until it is there.",
    },
    visit! {
        of: Some("heart"), reason: "Heart check", code: "I25.10", often: 24, again_days: Some(56),
        subjective: "No chest pain at rest or on two flights of stairs. Takes aspirin, atorvastatin and bisoprolol.",
        objective: "Blood pressure {bp}, pulse {pulse}, regular. No oedema, lungs clear.",
        assessment: "Coronary heart disease, stable.",
        plan: "Treatment goes on. Lipids in the next fasting sample. Chest pain that lasts: call an ambulance.",
    },
    visit! {
        of: Some("lungs"), reason: "More cough and sputum", code: "J44.1", often: 14, signs: BREATHLESS, again_days: Some(7),
        subjective: "More cough and yellow sputum for {days} days, shorter of breath on the stairs. No chest pain.",
        objective: "Saturation {spo2} % on air, respiratory rate {rr}, pulse {pulse}. Scattered rhonchi, no dullness.",
        assessment: "Exacerbation of COPD.",
        plan: "Prednisolone for five days and an antibiotic, inhalers go on. Come back at once if breathing gets harder. See again in a week.",
    },
    visit! {
        of: Some("kidneys"), reason: "Kidney function", code: "N18.9", often: 14, again_days: Some(84),
        subjective: "Feels well. Passes urine normally, no swelling of the legs.",
        objective: "Blood pressure {bp}, weight {weight} kg. No oedema.",
        assessment: "Chronic kidney disease, stable.",
        plan: "Creatinine, potassium, haemoglobin, urine albumin. No ibuprofen or diclofenac. See again in three months.",
    },
    visit! {
        of: Some("knees"), reason: "Knee pain", code: "M17.9", often: 16, signs: SORE,
        subjective: "Pain in both knees on stairs and after sitting, worse for {days} days. No locking, no swelling.",
        objective: "Crepitus, no effusion. Flexion to 110 degrees. Weight {weight} kg.",
        assessment: "Osteoarthritis of the knee.",
        plan: "Exercises for the thigh, shown. Paracetamol when needed. Losing weight would help most.",
    },
    visit! {
        of: Some("migraine"), reason: "Headaches", code: "G43.909", often: 14, signs: SORE,
        subjective: "Four attacks this month, one side, with nausea; lies in the dark until it passes. No new kind of headache.",
        objective: "Blood pressure {bp}. Neurological examination without findings, neck free.",
        assessment: "Migraine without aura.",
        plan: "Sumatriptan early in the attack. Headache diary. Prevention if there are more than four attacks a month.",
    },
    visit! {
        of: Some("anxiety"), reason: "Sleeps badly", code: "F41.9", often: 12, again_days: Some(28),
        subjective: "Worries at night, palpitations in crowds. Works. No thoughts of self-harm.",
        objective: "Pulse {pulse}, blood pressure {bp}. Calm, in good contact.",
        assessment: "Anxiety disorder.",
        plan: "Talking therapy arranged. Sleep hygiene. Thyroid function. See again in four weeks.",
    },
    visit! {
        reason: "Fever and body ache", code: "J11.1", ages: (3, 95), often: 9, signs: FEVER,
        subjective: "High fever for {days} days with chills, headache and muscle pain. Dry cough. Drinks enough.",
        objective: "Temperature {temp}, pulse {pulse}, saturation {spo2} %. Throat red, chest clear, neck free.",
        assessment: "Influenza, no sign of pneumonia.",
        plan: "Paracetamol, fluids, rest. Come back at once with shortness of breath or if the fever returns after it was gone.",
    },
    visit! {
        reason: "Cough and runny nose", code: "J06.9", often: 12, signs: WARM,
        subjective: "Runny nose, sore throat and cough for {days} days. No shortness of breath.",
        objective: "Temperature {temp}, saturation {spo2} %. Throat slightly red, ears and chest without findings.",
        assessment: "Upper respiratory infection.",
        plan: "No antibiotic is needed. Fluids, saline for the nose. Come back if it is not better in a week.",
    },
    visit! {
        reason: "Sore throat", code: "J02.9", ages: (3, 60), often: 8, signs: WARM,
        subjective: "Sore throat for {days} days, swallowing hurts. No cough.",
        objective: "Temperature {temp}. Pharynx red without exudate, small nodes at the neck.",
        assessment: "Acute pharyngitis, probably viral.",
        plan: "Paracetamol, warm fluids. Come back with fever above 39 °C or if the mouth cannot be opened.",
    },
    visit! {
        reason: "Ear pain", code: "H66.90", ages: (0, 12), often: 16, signs: FEVER, again_days: Some(7),
        subjective: "Ear pain since the night, fever for {days} days. Eats less, drinks.",
        objective: "Temperature {temp}. Right drum red and bulging, left one normal. Neck free.",
        assessment: "Otitis media.",
        plan: "Ibuprofen by weight ({weight} kg). Amoxicillin if it is not better in two days. See again in a week.",
    },
    visit! {
        reason: "Fever in a child", code: "R50.9", ages: (0, 10), often: 14, signs: FEVER, again_days: Some(2),
        subjective: "Fever for {days} days, plays in between. Drinks well, wet nappies or urine as usual. Vaccinated for the age.",
        objective: "Temperature {temp}, pulse {pulse}, respiratory rate {rr}, saturation {spo2} %. Alert, well hydrated, no rash.",
        assessment: "Fever without a focus in a well child.",
        plan: "Paracetamol by weight ({weight} kg). Urine if it goes on. The parents know the signs for coming back at once.",
    },
    visit! {
        reason: "Vomiting and diarrhoea", code: "A09", often: 9, signs: WARM,
        subjective: "Watery stools six times a day and vomiting for {days} days. No blood. Keeps small sips down.",
        objective: "Temperature {temp}, pulse {pulse}, blood pressure {bp}. Tongue moist, abdomen soft, no guarding.",
        assessment: "Gastroenteritis, not dehydrated.",
        plan: "Oral rehydration in small sips, food as wanted. Zinc for children. Come back at once if nothing stays down or with blood.",
    },
    visit! {
        reason: "Child check-up", code: "Z00.129", ages: (0, 15), often: 12, again_days: Some(90),
        subjective: "No complaints. Eats from the family's table, sleeps through the night.",
        objective: "Weight {weight} kg. Heart and lungs without findings, development fits the age.",
        assessment: "Healthy child.",
        plan: "Vaccinations are up to date. Advice about food and teeth. See again in three months.",
    },
    visit! {
        reason: "Cough with fever", code: "J18.9", ages: (2, 95), often: 3, signs: CHESTY, again_days: Some(3),
        subjective: "Fever and cough with yellow sputum for {days} days, pain on the right when breathing in.",
        objective: "Temperature {temp}, pulse {pulse}, respiratory rate {rr}, saturation {spo2} %. Crackles at the right base.",
        assessment: "Pneumonia, treated at home after scoring.",
        plan: "Amoxicillin for seven days, chest film today. Come back at once if breathing gets harder. See again in three days.",
    },
    visit! {
        reason: "Back pain", code: "M54.50", ages: (18, 80), often: 9, signs: SORE,
        subjective: "Low back pain for {days} days after lifting. No pain below the knee, no numbness, bladder normal.",
        objective: "Muscles tense, straight leg raise free on both sides, strength and reflexes normal.",
        assessment: "Low back pain without warning signs.",
        plan: "Keep moving, warmth, ibuprofen for a few days with food. Physiotherapy if it lasts.",
    },
    visit! {
        reason: "Burning when passing urine", code: "N30.00", ages: (16, 80), only_women: true, often: 9, signs: WARM,
        subjective: "Burning and urge for {days} days. No flank pain, no fever at home. Not pregnant.",
        objective: "Temperature {temp}. Abdomen soft, flanks not tender. Urine dip: leucocytes and nitrite.",
        assessment: "Cystitis.",
        plan: "Nitrofurantoin for five days, plenty to drink. Come back with fever or flank pain.",
    },
    visit! {
        reason: "Stomach pain after meals", code: "K30", ages: (16, 80), often: 7, signs: SORE,
        subjective: "Fullness and burning after meals for {days} days. No weight loss, no black stools.",
        objective: "Abdomen soft, slight tenderness above the navel. Weight {weight} kg.",
        assessment: "Functional dyspepsia.",
        plan: "Omeprazole for four weeks, smaller meals. Test for Helicobacter if it comes back.",
    },
    visit! {
        reason: "Itching rash", code: "L50.9", often: 5,
        subjective: "Itching wheals for {days} days that come and go. No swelling of lips, no shortness of breath. No new medicine.",
        objective: "Wheals on trunk and arms, lips and throat normal. Saturation {spo2} %.",
        assessment: "Urticaria.",
        plan: "Cetirizine once daily for two weeks. Come back at once with swelling of the face or shortness of breath.",
    },
    visit! {
        reason: "Tired all the time", code: "D50.9", ages: (14, 60), only_women: true, often: 8, again_days: Some(42),
        subjective: "Tired for months, short of breath on stairs. Heavy periods. Eats little meat.",
        objective: "Conjunctivae pale, pulse {pulse}, blood pressure {bp}. Heart and lungs without findings.",
        assessment: "Iron deficiency anaemia, probable.",
        plan: "Blood count and ferritin today. Iron once daily on alternate days. See again in six weeks.",
    },
    visit! {
        reason: "Dizzy when turning in bed", code: "H81.10", ages: (40, 95), often: 5,
        subjective: "Turns for seconds when lying down, for {days} days. Hearing normal, no headache.",
        objective: "Positional test on the right with typical nystagmus. Gait normal, blood pressure {bp}.",
        assessment: "Benign positional vertigo.",
        plan: "Manoeuvre done, better afterwards. Exercises at home. No driving until it is gone.",
    },
    visit! {
        reason: "Twisted ankle", code: "S93.409A", ages: (8, 60), often: 5, signs: SORE,
        subjective: "Twisted the left ankle on the stairs. Could take four steps afterwards.",
        objective: "Swelling before the outer ankle, bone not tender, stable.",
        assessment: "Sprain of the ankle. No film needed by the Ottawa rules.",
        plan: "Cool, raise, bandage, walk as pain allows. Exercises after three days.",
    },
    visit! {
        reason: "General check-up", code: "Z00.00", ages: (18, 95), often: 9,
        subjective: "No complaints. Does not smoke. Parents had diabetes.",
        objective: "Blood pressure {bp}, pulse {pulse}, weight {weight} kg. Heart, lungs and abdomen without findings.",
        assessment: "No sign of illness.",
        plan: "Fasting glucose and lipids. More walking. See again in a year.",
    },
    visit! {
        reason: "Runny nose in spring", code: "J30.9", ages: (6, 60), often: 5,
        subjective: "Sneezing and itching eyes every morning for {days} days, as every year.",
        objective: "Nose pale and swollen, eyes slightly red, chest clear. Saturation {spo2} %.",
        assessment: "Allergic rhinitis.",
        plan: "Nasal steroid every morning, cetirizine when needed.",
    },
    visit! {
        reason: "Wants to stop smoking", code: "F17.210", ages: (20, 70), often: 3, again_days: Some(14),
        subjective: "Fifteen cigarettes a day for twenty years, tried twice. Wants to stop on the first of next month.",
        objective: "Blood pressure {bp}, saturation {spo2} %. Chest clear.",
        assessment: "Nicotine dependence, ready to stop.",
        plan: "Patches and chewing gum, group at the health centre. See again two weeks after the day.",
    },
    visit! {
        reason: "Repeat prescription", code: "Z76.0", ages: (18, 95), often: 6,
        subjective: "Needs the usual medicines for three months. No changes, no side effects.",
        objective: "Blood pressure {bp}, pulse {pulse}. Looks well.",
        assessment: "Stable under the usual treatment.",
        plan: "Prescriptions renewed. Blood tests before the next ones.",
    },
];

/// Which of the reasons a fever is, at this age.
pub(super) fn fever(age: i64) -> usize {
    let code = if age < 11 { "R50.9" } else { "J11.1" };
    VISITS.iter().position(|visit| visit.code == code).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_of_the_set_that_every_hospital_starts_with() {
        let starter = include_str!("../../tenant_migrations/V20__encounters.sql");
        let codes = VISITS.iter().map(|visit| visit.code);
        for code in codes.chain(CONDITIONS.iter().map(|condition| condition.code)) {
            assert!(starter.contains(&format!("('{code}', ")), "{code}");
        }
    }

    #[test]
    fn each_condition_that_is_checked_exists_and_everybody_has_something_to_come_for() {
        let known = |key| CONDITIONS.iter().any(|condition| condition.key == key);
        assert!(VISITS.iter().filter_map(|visit| visit.of).all(known));
        for age in 0..100 {
            let fits = |visit: &&Visit| {
                visit.of.is_none() && !visit.only_women && (visit.ages.0..=visit.ages.1).contains(&age)
            };
            assert!(VISITS.iter().filter(fits).count() >= 3, "{age}");
        }
    }
}
