//! JSON bodies as the vendors' documents draw them: a record is an object with named fields.
//!
//! A derived reader takes a list of the same fields in order as well, which no document shows and no vendor takes.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

/// A record that is written as an object and as nothing else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(fields)).map(Object)
            }
        }
        deserializer.deserialize_map(Fields(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    #[derive(Deserialize)]
    struct Pair<'a> {
        #[serde(borrow)]
        cid: Cow<'a, str>,
    }

    #[test]
    fn a_record_is_an_object_and_no_list() {
        let read = |text: &'static str| serde_json::from_str::<Vec<Object<Pair>>>(text);
        let pairs = read(r#"[{"cid":"a"}]"#).expect("an object");
        assert!(matches!(pairs[0].0.cid, Cow::Borrowed("a")), "text is borrowed from the body");
        for wrong in [r#"[["a"]]"#, r#"["a"]"#, "[null]", "[{}]"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
