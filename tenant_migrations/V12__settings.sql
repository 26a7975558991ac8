-- What a hospital chose beyond its profile: how its paper looks, and who needs a second step to sign in. One row at most;
-- none: everything as it is by default.
create table hospital_settings (
    one            boolean  not null default true constraint hospital_settings_pkey primary key constraint hospital_settings_one_row check (one),
    -- Lines below the name on letters, in the place of address and phone.
    letterhead     text[]   not null default '{}' constraint hospital_settings_letterhead_lines check (cardinality(letterhead) <= 6),
    -- At the foot of each printed page.
    paper_footer   text     constraint hospital_settings_footer_length check (char_length(paper_footer) <= 300),
    document_paper text     not null default 'A4' constraint hospital_settings_document_paper check (document_paper in ('A4', 'LETTER')),
    receipt_paper  text     not null default 'MM80' constraint hospital_settings_receipt_paper check (receipt_paper in ('MM58', 'MM80')),
    label_size     text     not null default 'MM50X25' constraint hospital_settings_label_size check (label_size in ('MM50X25', 'MM62X29', 'MM70X37', 'MM100X50')),
    -- Name of its file.
    logo           text,
    mfa_policy     text     not null default 'OFF' constraint hospital_settings_mfa_policy check (mfa_policy in ('OFF', 'ADMINISTRATORS', 'EVERYBODY'))
);
