//! Invented people and numbers, in every state that a component has.

use jiff::Zoned;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use crate::web::layout::*;

/// The day of the samples.
const TODAY: Date = date(2026, 11, 22);

fn at(day: Date, hour: i8, minute: i8) -> Zoned {
    day.at(hour, minute, 0, 0).to_zoned(TimeZone::UTC).expect("UTC has every minute of the calendar")
}

pub(super) fn badges() -> Vec<Badge> {
    [
        (Kind::Neutral, Icon("calendar-event"), "Booked"),
        (Kind::Info, Icon("door-enter"), "Arrived"),
        (Kind::Active, Icon("stethoscope"), "With doctor"),
        (Kind::Ok, Icon("check"), "Completed"),
        (Kind::Warn, Icon("user-off"), "No-show"),
        (Kind::Danger, Icon("alert-octagon"), "Critical"),
    ]
    .map(|(kind, icon, word)| Badge::new(kind, icon, word))
    .into()
}

pub(super) fn notices() -> Vec<Notice> {
    vec![
        Notice::new(Kind::Info, "Results of this morning arrive until 14:00."),
        Notice::new(Kind::Ok, "Registered as P-00214.")
            .link("/dev/gallery", "Register another patient")
            .status(),
        Notice::new(Kind::Warn, "Dr. Shah changed this at 10:41.")
            .title("Somebody else is here too")
            .link("/dev/gallery", "Compare and save"),
        Notice::new(Kind::Danger, "The slot was taken a moment ago. Your note is kept. Choose another time."),
    ]
}

pub(super) fn bars() -> Bars {
    let months = ["Jul", "Aug", "Sep", "Oct", "Nov"];
    let bar = |(month, count): (&str, i64)| Bar {
        label: month.to_owned(),
        name: format!("{month} 2026"),
        count,
        is_unfinished: month == "Nov",
    };
    Bars {
        id: "bars",
        title: "Hospitals that signed up, by month".to_owned(),
        heads: ("Month", "Hospitals"),
        bars: months.into_iter().zip([21, 0, 33, 38, 26]).map(bar).collect(),
    }
}

pub(super) fn lines() -> Lines {
    let days = ["2 Jun", "30 Jun", "28 Jul", "22 Sep", "22 Nov"];
    let at = |n: usize| i64::try_from(n).unwrap_or(0) * 2_419_200;
    let moment = |(n, day): (usize, &str)| Moment {
        at: at(n),
        label: day.to_owned(),
        when: When { text: format!("{day} 2026"), iso: "2026-11-22T10:04:00+05:30".to_owned() },
    };
    let series = |name: &'static str, values: [i64; 5], high: i64| Series {
        name,
        points: values
            .into_iter()
            .enumerate()
            .map(|(n, value)| Point {
                at: at(n),
                value,
                shown: value.to_string(),
                flag: (value > high).then_some("High"),
            })
            .collect(),
    };
    Lines {
        id: "lines",
        title: "Blood pressure".to_owned(),
        unit: "mmHg",
        digits: 0,
        moments: days.into_iter().enumerate().map(moment).collect(),
        series: vec![
            series("Systolic", [148, 162, 150, 139, 152], 150),
            series("Diastolic", [88, 96, 94, 84, 92], 95),
        ],
        goal: Some(Goal { from: 80, to: 130, label: "goal, 80 to 130".to_owned() }),
    }
}

pub(super) fn tabs() -> Vec<Tab> {
    [
        ("All", None),
        ("Expected today", Some("54")),
        ("Admitted", Some("37")),
        ("Missed last visit", Some("18")),
    ]
    .map(|(label, count)| Tab {
        label,
        href: "/dev/gallery".to_owned(),
        count: count.map(str::to_owned),
        current: label == "Expected today",
    })
    .into()
}

pub(super) fn tiles() -> Tiles {
    Tiles(vec![
        Tile::new(Icon("users"), "Waiting now", "12")
            .note("longest 34 minutes")
            .leads_to("/dev/gallery#lists"),
        Tile::new(Icon("bed"), "Admitted", "37").note("of 54 beds").leads_to("/dev/gallery#lists"),
        Tile::new(Icon("user-off"), "Missed", "3").note("usual 5 %"),
        Tile::new(Icon("users-group"), "Patients in all", "12,480").note("38 this month"),
    ])
}

pub(super) fn chips() -> Chips {
    let posted = vec![("search", "देशमुख".to_owned())];
    Chips {
        chips: vec![
            Chip {
                label: "Search",
                value: "देशमुख".to_owned(),
                without: Without::Link("/dev/gallery#lists".to_owned()),
            },
            Chip {
                label: "Sex",
                value: "female".to_owned(),
                without: Without::Post { action: "/dev/gallery/toast", fields: posted },
            },
        ],
        clear: "/dev/gallery#lists",
    }
}

/// Name, code, age and sex, phone, status.
pub(super) type Person = (Name, &'static str, &'static str, Option<MaskedPhone>, Badge);

pub(super) fn people() -> Vec<Person> {
    [
        ("आरती देशमुख", "P-00214", "34 y, F", "+91 98220 10142", 1),
        ("خالد الأنصاري", "P-12002", "52 y, M", "+971 4 555 0119", 2),
        ("王小明", "P-10388", "29 y, M", "", 0),
        ("Venkataraman Subrahmanian Natarajan Iyer", "P-07120", "80 y, M", "+91 20 5550 0112", 4),
    ]
    .into_iter()
    .map(|(name, code, age, phone, badge)| {
        (Name::new(name), code, age, MaskedPhone::new(phone), badges().remove(badge))
    })
    .collect()
}

pub(super) fn heads() -> [SortHead; 2] {
    let turn = || Turn::Link("/dev/gallery#lists".to_owned());
    [
        SortHead { label: "Patient", class: "w-name", sorted: Sorted::Down, turn: turn() },
        SortHead { label: "Age, sex", class: "col-2", sorted: Sorted::No, turn: turn() },
    ]
}

pub(super) fn pager() -> Pager {
    let next = Turn::Link("/dev/gallery?page=2".to_owned());
    Pager { range: "1–4 of 54".to_owned(), previous: Turn::Off, next }
}

pub(super) fn progress(step: i64) -> Progress {
    let (total, done) = (318, (step * 106).clamp(0, 318));
    let state = if done == total {
        ProgressState::Done { href: "/dev/gallery#progress".to_owned(), label: "Open the list" }
    } else {
        ProgressState::Running {
            poll: format!("/dev/gallery/progress?step={}", step + 1),
            page: format!("/dev/gallery?step={}", step + 1),
        }
    };
    Progress {
        id: "task",
        title: "Schema update to v41".to_owned(),
        done,
        total,
        is_percentage: false,
        state,
    }
}

pub(super) fn failed_progress() -> Progress {
    let state = ProgressState::Failed {
        sentence: "Stopped after 3 tries. What is done stays done.".to_owned(),
        retry: "/dev/gallery?step=0".to_owned(),
    };
    Progress {
        id: "task-failed",
        title: "Export of 12,480 patients".to_owned(),
        done: 317,
        total: 318,
        is_percentage: false,
        state,
    }
}

pub(super) fn kinds() -> Vec<Choice> {
    [("", "Everything"), ("visits", "Visits"), ("results", "Results")]
        .map(|(value, label)| Choice::new(value, label))
        .into()
}

pub(super) fn timeline(kind: &str, older: bool) -> Timeline {
    let entries: Vec<_> = happened()
        .into_iter()
        .enumerate()
        .filter(|(n, (of, ..))| (kind.is_empty() || kind == *of) && (older || *n < 4))
        .map(|(n, (_, status, icon, title, day, who, text))| TimelineEntry {
            kind: status,
            icon,
            title: title.to_owned(),
            year: day.year(),
            when: When::moment(&day, TODAY),
            who: who.to_owned(),
            text: text.to_owned(),
            link: (n == 2).then(|| ("/dev/gallery#timeline".to_owned(), "Open the report")),
            fresh: n == 4,
        })
        .collect();
    let filter =
        TimelineFilter { action: "/dev/gallery".to_owned(), kinds: kinds(), chosen: kind.to_owned() };
    let timeline = Timeline::new(entries).filter(filter);
    if older { timeline } else { timeline.older(format!("/dev/gallery?kind={kind}&older=true"), "2 entries") }
}

type Happened = (&'static str, Kind, Icon, &'static str, Zoned, &'static str, &'static str);

fn happened() -> [Happened; 6] {
    [
        (
            "visits",
            Kind::Warn,
            Icon("heartbeat"),
            "Vitals taken, early-warning score 2",
            at(TODAY, 10, 4),
            "nurse P. Lobo",
            "BP 152/92, pulse 96, temperature 36.9 °C.",
        ),
        (
            "visits",
            Kind::Info,
            Icon("door-enter"),
            "Arrived for cardiology",
            at(TODAY, 9, 52),
            "",
            "Token C-14, booked for 10:15 with Dr. Nikhil Rao.",
        ),
        (
            "results",
            Kind::Danger,
            Icon("test-pipe"),
            "Blood results arrived",
            at(date(2026, 11, 19), 16, 20),
            "laboratory",
            "Haemoglobin 10.8 g/dL, low.",
        ),
        (
            "visits",
            Kind::Active,
            Icon("stethoscope"),
            "Consultation, cardiology",
            at(date(2026, 11, 3), 11, 10),
            "Dr. Nikhil Rao",
            "Dose kept; home readings asked for.",
        ),
        (
            "visits",
            Kind::Ok,
            Icon("pill"),
            "Prescription RX-00411 dispensed",
            at(date(2025, 12, 3), 12, 31),
            "pharmacy",
            "",
        ),
        (
            "results",
            Kind::Neutral,
            Icon("share-2"),
            "Record shared with Sunrise Maternity",
            at(date(2025, 10, 28), 8, 0),
            "",
            "Summary and results; read only.",
        ),
    ]
}

pub(super) fn found() -> Found {
    let person = |name: &str, code: &str, phone: &str| FoundItem {
        title: Name::new(name),
        code: code.to_owned(),
        detail: "34 y, Female".to_owned(),
        phone: MaskedPhone::new(phone),
        ..FoundItem::new(Way::Link("/dev/gallery#palette".to_owned()), Icon("user"), "")
    };
    let page = |label: &str| FoundItem::new(Way::Link("/dev/gallery".to_owned()), Icon("users"), label);
    Found {
        search: "pat".to_owned(),
        groups: vec![
            FoundGroup {
                label: "Patients",
                items: vec![
                    person("आरती देशमुख", "P-00214", "+91 98220 10142"),
                    person("Patrick Fernandes", "P-11873", "+91 98220 77391"),
                ],
            },
            FoundGroup { label: "Pages", items: vec![page("Patients")] },
            FoundGroup {
                label: "Acts",
                items: vec![FoundItem::new(
                    Way::Link("/dev/gallery".to_owned()),
                    Icon("user-plus"),
                    "Register patient",
                )],
            },
        ],
    }
}

/// The states of a record's head: code and words.
const BANNERS: [(&str, &str); 8] = [
    ("known", "Known allergies"),
    ("none", "No known allergies"),
    ("unasked", "Not asked yet"),
    ("restricted", "Restricted"),
    ("newborn", "Newborn"),
    ("unidentified", "Unidentified"),
    ("practice", "Practice"),
    ("deceased", "Deceased"),
];

/// The head of a record, in the state of this name; in the first one for a name that is none.
pub(super) fn banner(state: &str) -> Banner {
    let is = |code: &str| state == code;
    let act = |label: &'static str, icon: Icon| Act { href: "/dev/gallery/banner".to_owned(), label, icon };
    let known = is("known") || !BANNERS.iter().any(|(code, _)| is(code));
    let name = match state {
        "unidentified" => "Golf Romeo",
        "newborn" => "Aarti Deshmukh, Girl A",
        _ => "Aarti Deshmukh",
    };
    Banner {
        picture: None,
        name: Name::new(name),
        name_2: known.then(|| Name::new("आरती देशमुख")),
        born: if is("newborn") { "22 Nov 2026 (6 h)" } else { "14 Mar 1992 (34 y)" }.to_owned(),
        sex: "Female",
        code: "P-00214".to_owned(),
        practice: is("practice"),
        phone: MaskedPhone::new("+91 98220 10142"),
        allergies: match state {
            "unasked" | "newborn" | "unidentified" => Allergies::NotAsked,
            _ if known => Allergies::Known(vec!["Penicillin (rash, 2019)".to_owned()]),
            _ => Allergies::NoneKnown,
        },
        alerts: if known { vec!["Pregnant, 22 weeks".to_owned()] } else { Vec::new() },
        conditions: if known {
            vec!["Chronic hypertension".to_owned(), "Anaemia".to_owned()]
        } else {
            Vec::new()
        },
        blood_group: Some("B+".to_owned()),
        unidentified: is("unidentified"),
        baby_of: is("newborn").then(|| (Name::new("आरती देशमुख"), "/dev/gallery/banner".to_owned())),
        deceased: is("deceased").then(|| "19 Nov 2026".to_owned()),
        restricted: is("restricted")
            .then(|| Restricted { word: "Restricted", until: Some("today, 14:41".to_owned()) }),
        acts: vec![act("Book", Icon("calendar-event")), act("Start consultation", Icon("stethoscope"))],
        more: vec![act("Print record", Icon("printer")), act("Merge with another record", Icon("git-merge"))],
    }
}

pub(super) fn banner_tabs(state: &str) -> Vec<Tab> {
    let known = BANNERS.iter().any(|(code, _)| *code == state);
    let tab = |(code, label): (&str, &'static str)| Tab {
        label,
        href: format!("/dev/gallery/banner?state={code}"),
        count: None,
        current: code == state || (!known && code == BANNERS[0].0),
    };
    BANNERS.map(tab).into()
}
