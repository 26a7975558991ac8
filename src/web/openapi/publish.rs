//! What a description needs from the whole product before people read it: chapters, codes, examples.

use aide::openapi::{HeaderStyle, Operation, Parameter, PathItem, ReferenceOr};
use schemars::json_schema;

use super::chapters::{self, Chapter};
use super::{Described, codes, examples};
use crate::kernel::Code;
use crate::web::extract::parameter_data;

/// A capability, as far as the description goes.
#[derive(Debug, Clone)]
pub struct Capability {
    pub name: &'static str,
    pub docs: Option<Chapter>,
    /// What its errors refuse with.
    pub problems: &'static [&'static [Code]],
    /// Ids of its operations.
    pub operations: Vec<String>,
}

/// Ids of the operations behind a path.
pub fn ids(item: &mut PathItem) -> Vec<String> {
    super::document::operations_of(item).filter_map(|operation| operation.operation_id.clone()).collect()
}

/// Complete the description. What is missing for it comes out as a fault.
pub fn publish<S>(described: &mut Described<S>, capabilities: &[Capability]) {
    let (api, faults) = (&mut described.api, &mut described.faults);
    chapters::sort(api, capabilities, faults);
    for item in api.paths.iter_mut().flat_map(|paths| paths.paths.values_mut()) {
        let Some(PathItem { post, patch, .. }) = item.as_item_mut() else { continue };
        for operation in [post, patch].into_iter().flatten() {
            take_a_key(operation);
        }
    }
    described.codes = codes::list(api, capabilities, faults);
    examples::add(api, faults);
}

/// A POST or PATCH by somebody who is signed in can be repeated.
fn take_a_key(operation: &mut Operation) {
    if operation.security.is_empty() {
        return;
    }
    let about = "Any text of your own, new for each act. Sent again within 24 hours, the same request gets the same \
                 answer and nothing happens twice.";
    let schema = json_schema!({ "type": "string", "minLength": 1, "maxLength": 200 });
    operation.parameters.push(ReferenceOr::Item(Parameter::Header {
        parameter_data: parameter_data("Idempotency-Key", Some(about), false, schema),
        style: HeaderStyle::Simple,
    }));
}
