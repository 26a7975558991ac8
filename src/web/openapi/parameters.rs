//! The parameters in a path, which get their names from the route.

use aide::openapi::{Operation, Parameter, ReferenceOr};

/// The names in a path: `/a/{id}/{*rest}` has `id` and `rest`.
pub(super) fn placeholders(path: &str) -> Vec<&str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name.trim_start_matches('*'))
        .collect()
}

/// The name, if this parameter is in the path.
pub(super) fn path_parameter(parameter: &ReferenceOr<Parameter>) -> Option<&str> {
    match parameter.as_item()? {
        Parameter::Path { parameter_data, .. } => Some(&parameter_data.name),
        _ => None,
    }
}

/// Name of the path parameter at `index` until its route is known.
pub(in crate::web) fn unnamed(index: usize) -> String {
    format!("${index}")
}

/// Gives the parameters that [`unnamed`] marked the names of their route.
pub(super) fn name_path_parameters(path: &str, operation: &mut Operation) {
    let names = placeholders(path);
    for parameter in &mut operation.parameters {
        if let ReferenceOr::Item(Parameter::Path { parameter_data, .. }) = parameter
            && let Some(index) = parameter_data.name.strip_prefix('$').and_then(|i| i.parse::<usize>().ok())
            && let Some(name) = names.get(index)
        {
            parameter_data.name = (*name).to_owned();
        }
    }
}
