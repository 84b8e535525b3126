//! One test program: what is tested through the library's own door.

mod fixture;
mod view;
