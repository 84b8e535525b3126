//! The macro that makes a description, a row and its reader of one text. It knows no table.

/// Whether a column must be there, as [`tables!`] writes it.
macro_rules! needed {
    (need) => {
        true
    };
    (may) => {
        false
    };
}

/// The key of a field: its own name, unless the language's word is one of Rust's.
macro_rules! key {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $key:literal) => {
        $key
    };
}

macro_rules! open {
    () => {
        $crate::plan::language::Open::No
    };
    ($open:ident) => {
        $crate::plan::language::Open::$open
    };
}

/// Describes tables, and makes a row of each:
///
/// ```text
/// /// What the table is.
/// ServiceRow "[[service]]" {
///     /// What the key is; units and range.
///     need id: OwnId = "orders";
///     /// Longest time users may be without it.
///     may rto: Dur = "30m";
/// }
/// ```
macro_rules! tables {
    ($(
        $(#[doc = $doc:literal])+
        $row:ident $head:literal $(open $open:ident)? {
            $(
                $(#[doc = $told:literal])+
                $need:ident $field:ident $(as $key:literal)? : $shape:ty = $example:literal;
            )*
        }
    )+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $row {
            pub place: $crate::plan::Place,
            $(
                $(#[doc = $told])+
                pub $field: Option<$crate::plan::language::Found<
                    <$shape as $crate::plan::language::Shape>::Of,
                >>,
            )*
            /// Keys that were written and could not be read; each has been reported.
            pub unread: Vec<&'static str>,
            /// Keys that are not described here, when the table is open to them.
            pub rest: Vec<(String, $crate::plan::language::Found<serde_json::Value>)>,
        }

        impl $crate::plan::language::Table for $row {
            const DEF: &'static $crate::plan::language::TableDef =
                &$crate::plan::language::TableDef {
                    head: $head,
                    doc: concat!($($doc, "\n"),+),
                    columns: &[$($crate::plan::language::Column {
                        key: key!($field $($key)?),
                        need: needed!($need),
                        doc: concat!($($told, "\n"),+),
                        example: $example,
                        ty: <$shape as $crate::plan::language::Shape>::ty,
                    }),*],
                    open: open!($($open)?),
                };

            fn read(
                cx: &mut $crate::plan::cx::Cx<'_>,
                mut reader: $crate::plan::language::Reader<'_>,
            ) -> Self {
                reader.columns = <Self as $crate::plan::language::Table>::DEF.columns;
                $(
                    let $field = reader.take::<$shape>(
                        cx,
                        (key!($field $($key)?), needed!($need), $example),
                    );
                )*
                let place = reader.place.clone();
                let unread = std::mem::take(&mut reader.unread);
                let rest = reader.rest(cx, <Self as $crate::plan::language::Table>::DEF);
                Self { place, $($field,)* unread, rest }
            }

            fn written(&self) -> Vec<(&'static str, String)> {
                let all: Vec<(&'static str, Option<String>)> = vec![$((
                    key!($field $($key)?),
                    self.$field.as_ref().map(|found| {
                        <$shape as $crate::plan::language::Shape>::show(&found.value)
                    }),
                )),*];
                let there = all.into_iter();
                there.filter_map(|(key, value)| Some((key, value?))).collect()
            }

            fn json(&self) -> serde_json::Value {
                let all: Vec<(&'static str, Option<serde_json::Value>)> = vec![$((
                    key!($field $($key)?),
                    self.$field.as_ref().map(|found| {
                        <$shape as $crate::plan::language::Shape>::json(&found.value)
                    }),
                )),*];
                let own = all.into_iter();
                let own = own.filter_map(|(key, value)| Some((key.to_owned(), value?)));
                let rest = self.rest.iter();
                let rest = rest.map(|(key, found)| (key.clone(), found.value.clone()));
                serde_json::Value::Object(own.chain(rest).collect())
            }
        }
    )+};
}
