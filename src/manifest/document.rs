//! An app of a manifest as a value of JSON, which is YAML as well: what stands there when aliases,
//! merges and variables are gone.

use serde_json::{Map, Number, Value};

use super::held::{Held, Slot};
use super::scalar::Resolved;

/// Most values of an app. What aliases share is written out, which may be beyond all bounds.
const MOST: usize = 50_000;

/// The keys and values of an app.
pub(super) fn of(app: &Slot) -> Option<Map<String, Value>> {
    match value(&app.value, &mut MOST.clone())? {
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

fn value(held: &Held, left: &mut usize) -> Option<Value> {
    *left = left.checked_sub(1)?;
    Some(match held {
        Held::Scalar(Resolved::Null) => Value::Null,
        Held::Scalar(Resolved::Bool(value)) => Value::Bool(*value),
        Held::Scalar(Resolved::Int(number)) => Value::Number(Number::from_i128(*number)?),
        Held::Scalar(Resolved::Float(number)) => Value::Number(Number::from_f64(*number)?),
        Held::Scalar(Resolved::Text(text)) => Value::String(text.clone()),
        Held::Sequence(items) => {
            let items: Option<Vec<Value>> =
                items.iter().map(|item| value(&item.value, left)).collect();
            Value::Array(items?)
        }
        Held::Mapping(pairs) => {
            let mut fields = Map::new();
            for pair in pairs {
                fields.insert(
                    pair.key.value.as_field()?.into_owned(),
                    value(&pair.slot.value, left)?,
                );
            }
            Value::Object(fields)
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::read;

    #[test]
    fn an_app_is_what_stands_there_when_aliases_and_variables_are_gone() {
        let manifest = read(
            "x: &x {A: 1, B: yes}\n\
             applications:\n- name: web\n  env: {<<: *x, C: '1', D: ~, E: 1.5}\n  routes: [{route: a.b}]\n",
        );
        assert_eq!(
            manifest.document(0).map(serde_json::Value::Object),
            Some(json!({
                "name": "web",
                "env": {"A": 1, "B": true, "C": "1", "D": null, "E": 1.5},
                "routes": [{"route": "a.b"}],
            }))
        );
        assert_eq!(manifest.document(1), None);
    }

    #[test]
    fn an_app_that_aliases_make_huge_is_none() {
        let first = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        let text = (1..5).fold(first, |text, step| {
            let before = format!("*a{}", step - 1);
            let items = [before.as_str(); 10].join(", ");
            format!("{text}a{step}: &a{step} [{items}]\n")
        });
        let manifest = read(&format!("{text}applications:\n- name: web\n  services: *a4\n"));
        assert_eq!(manifest.document(0), None);
    }
}
