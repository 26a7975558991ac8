//! SQL of how paper looks and who needs a second step.

use tokio_postgres::types::ToSql;

use crate::access::TenantTx;
use crate::clinic::profile::settings::{DocumentPaper, LabelSize, MfaPolicy, ReceiptPaper, Settings};
use crate::kernel::DbError;
use crate::statements;

statements! { Tenant;
    SETTINGS() =
        "select letterhead, paper_footer, document_paper, receipt_paper, label_size, logo, mfa_policy
           from hospital_settings";
    WRITE_SETTINGS(TEXT_ARRAY, TEXT, TEXT, TEXT, TEXT, TEXT) =
        "insert into hospital_settings as h
                (letterhead, paper_footer, document_paper, receipt_paper, label_size, mfa_policy)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (one) do update
            set letterhead = excluded.letterhead, paper_footer = excluded.paper_footer,
                document_paper = excluded.document_paper, receipt_paper = excluded.receipt_paper,
                label_size = excluded.label_size, mfa_policy = excluded.mfa_policy";
    WRITE_LOGO(TEXT) =
        "insert into hospital_settings as h (logo) values ($1) on conflict (one) do update set logo = excluded.logo";
    /// Every file that a row names: asked by a backup.
    NAMED() = "select logo as name from hospital_settings where logo is not null";
}

/// What the hospital chose, or the defaults.
pub(in crate::clinic::profile) async fn settings(tx: &TenantTx) -> Result<Settings, DbError> {
    let Some(row) = tx.row_opt(&SETTINGS, &[]).await? else { return Ok(Settings::default()) };
    Ok(Settings {
        letterhead: row.get("letterhead"),
        paper_footer: row.get("paper_footer"),
        document_paper: DocumentPaper::from_code(row.get("document_paper")).unwrap_or_default(),
        receipt_paper: ReceiptPaper::from_code(row.get("receipt_paper")).unwrap_or_default(),
        label_size: LabelSize::from_code(row.get("label_size")).unwrap_or_default(),
        mfa_policy: MfaPolicy::by_code(row.get("mfa_policy")).unwrap_or_default(),
        logo: row.get("logo"),
    })
}

/// All but the logo.
pub(in crate::clinic::profile) async fn write(tx: &TenantTx, settings: &Settings) -> Result<(), DbError> {
    let params: [&(dyn ToSql + Sync); 6] = [
        &settings.letterhead,
        &settings.paper_footer,
        &settings.document_paper.code(),
        &settings.receipt_paper.code(),
        &settings.label_size.code(),
        &settings.mfa_policy.code(),
    ];
    tx.execute(&WRITE_SETTINGS, &params).await.map(|_| ())
}

pub(in crate::clinic::profile) async fn write_logo(tx: &TenantTx, name: Option<&str>) -> Result<(), DbError> {
    tx.execute(&WRITE_LOGO, &[&name]).await.map(|_| ())
}
