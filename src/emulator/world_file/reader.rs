//! From the tree of an `emulator.yaml` to whatever reads itself by serde, every fault with its place.
//!
//! A scalar is text until a field wants a number: an id such as `962758817254714017256879e5027768` stays one. A key
//! stands once, and a key that nobody knows is an error that names the nearest.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use crate::manifest::source::{nearest, quoted};
use crate::manifest::tree::{At, Shape};
use crate::problem::{Place, Problem};

/// What is wrong, where as far as is known yet, and what to do.
#[derive(Debug)]
pub(super) struct Fault {
    summary: String,
    help: Option<String>,
    place: Option<Box<Place>>,
}

impl Fault {
    fn at(mut self, node: At) -> Self {
        self.place.get_or_insert_with(|| Box::new(node.place()));
        self
    }

    /// As people see it.
    pub(super) fn problem(self) -> Problem {
        let Self { summary, help, place } = self;
        let help = help.unwrap_or_else(|| super::HELP.to_owned());
        let problem = Problem::error("emulator::world_file", summary).help(help);
        if let Some(place) = place { problem.at(*place, "here") } else { problem }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary)
    }
}

impl std::error::Error for Fault {}

impl Error for Fault {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self { summary: text.to_string(), help: None, place: None }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        unknown("key", field, expected)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        unknown("value", variant, expected)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::custom(format!("the key `{field}` is missing"))
    }
}

fn unknown(what: &str, word: &str, expected: &[&str]) -> Fault {
    let help = match nearest(word, expected) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("expected one of {}", expected.join(", ")),
    };
    Fault { help: Some(help), ..Fault::custom(format!("unknown {what} {}", quoted(word))) }
}

/// Reads a value from a node and what is in it.
pub(super) fn read<'t, T: Deserialize<'t>>(node: At<'t>) -> Result<T, Fault> {
    T::deserialize(Reader(node)).map_err(|fault| fault.at(node))
}

#[derive(Clone, Copy)]
struct Reader<'t>(At<'t>);

impl<'t> Reader<'t> {
    fn found(self) -> String {
        match self.0.shape() {
            Shape::Text => quoted(self.0.text()),
            Shape::Null => "nothing".to_owned(),
            Shape::List => "a list".to_owned(),
            Shape::Map => "a mapping".to_owned(),
            Shape::Refused => "what is not read".to_owned(),
        }
    }

    fn wrong(self, expected: &str) -> Fault {
        Fault::custom(format!("expected {expected}, found {}", self.found())).at(self.0)
    }

    /// A scalar that reads as a number or a boolean.
    fn scalar<T: std::str::FromStr>(self, expected: &str) -> Result<T, Fault> {
        let text = (self.0.shape() == Shape::Text).then(|| self.0.text());
        text.and_then(|text| text.parse().ok()).ok_or_else(|| self.wrong(expected))
    }

    fn text(self) -> Result<&'t str, Fault> {
        if self.0.shape() == Shape::Text { Ok(self.0.text()) } else { Err(self.wrong("a text")) }
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $Type:ty = $expected:literal;)+) => {
        $(fn $method<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
            let value = self.scalar::<$Type>($expected)?;
            visitor.$visit(value).map_err(|fault: Fault| fault.at(self.0))
        })+
    };
}

impl<'t> Deserializer<'t> for Reader<'t> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        let value = match self.0.shape() {
            Shape::Text => visitor.visit_borrowed_str(self.0.text()),
            Shape::Null => visitor.visit_unit(),
            Shape::List => visitor.visit_seq(Items(self.0.items())),
            Shape::Map => visitor.visit_map(Entries::new(self.0)),
            Shape::Refused => Err(self.wrong("a value")),
        };
        value.map_err(|fault| fault.at(self.0))
    }

    numbers! {
        deserialize_bool visit_bool bool = "`true` or `false`";
        deserialize_i8 visit_i8 i8 = "a whole number";
        deserialize_i16 visit_i16 i16 = "a whole number";
        deserialize_i32 visit_i32 i32 = "a whole number";
        deserialize_i64 visit_i64 i64 = "a whole number";
        deserialize_u8 visit_u8 u8 = "a whole number from 0";
        deserialize_u16 visit_u16 u16 = "a whole number from 0 to 65535";
        deserialize_u32 visit_u32 u32 = "a whole number from 0 to 4294967295";
        deserialize_u64 visit_u64 u64 = "a whole number from 0";
        deserialize_f32 visit_f32 f32 = "a number";
        deserialize_f64 visit_f64 f64 = "a number";
    }

    fn deserialize_str<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        let text = self.text()?;
        visitor.visit_borrowed_str(text).map_err(|fault: Fault| fault.at(self.0))
    }

    fn deserialize_string<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.0.shape() == Shape::Null { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        // A key with nothing behind it stands for an empty list: its entries may all be commented out.
        match self.0.shape() {
            Shape::List | Shape::Null => {
                visitor.visit_seq(Items(self.0.items())).map_err(|fault| fault.at(self.0))
            }
            Shape::Text | Shape::Map | Shape::Refused => Err(self.wrong("a list")),
        }
    }

    fn deserialize_map<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0.shape() {
            Shape::Map | Shape::Null => {
                visitor.visit_map(Entries::new(self.0)).map_err(|fault| fault.at(self.0))
            }
            Shape::Text | Shape::List | Shape::Refused => Err(self.wrong("a mapping")),
        }
    }

    fn deserialize_struct<V: Visitor<'t>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let word = self.text()?;
        visitor.visit_enum(Word(word)).map_err(|fault: Fault| fault.at(self.0))
    }

    forward_to_deserialize_any! {
        <V: Visitor<'t>>
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

struct Items<I>(I);

impl<'t, I: Iterator<Item = At<'t>>> SeqAccess<'t> for Items<I> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some(item) = self.0.next() else { return Ok(None) };
        seed.deserialize(Reader(item)).map(Some).map_err(|fault| fault.at(item))
    }
}

struct Entries<'t> {
    rest: Box<dyn Iterator<Item = (At<'t>, At<'t>)> + 't>,
    value: Option<At<'t>>,
    keys: BTreeSet<&'t str>,
}

impl<'t> Entries<'t> {
    fn new(node: At<'t>) -> Self {
        Self { rest: Box::new(node.entries()), value: None, keys: BTreeSet::new() }
    }
}

impl<'t> MapAccess<'t> for Entries<'t> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        if !self.keys.insert(key.text()) {
            return Err(Fault::custom(format!("the key {} stands twice", quoted(key.text()))).at(key));
        }
        self.value = Some(value);
        seed.deserialize(Reader(key)).map(Some).map_err(|fault| fault.at(key))
    }

    fn next_value_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let Some(value) = self.value.take() else { return Err(Fault::custom("a value without a key")) };
        seed.deserialize(Reader(value)).map_err(|fault| fault.at(value))
    }
}

/// A case of an enum without a value.
struct Word<'t>(&'t str);

impl<'t> EnumAccess<'t> for Word<'t> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'t>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        Ok((seed.deserialize(StrDeserializer::<Fault>::new(self.0))?, self))
    }
}

impl<'t> VariantAccess<'t> for Word<'t> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'t>>(self, _seed: S) -> Result<S::Value, Fault> {
        Err(Fault::custom(format!("{} has no value", quoted(self.0))))
    }

    fn tuple_variant<V: Visitor<'t>>(self, _len: usize, _visitor: V) -> Result<V::Value, Fault> {
        Err(Fault::custom(format!("{} has no values", quoted(self.0))))
    }

    fn struct_variant<V: Visitor<'t>>(
        self,
        _fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Fault> {
        Err(Fault::custom(format!("{} has no fields", quoted(self.0))))
    }
}
