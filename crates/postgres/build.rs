//! The migrations are read while compiling, and only a build script can say that a new file among
//! them calls for compiling again.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
