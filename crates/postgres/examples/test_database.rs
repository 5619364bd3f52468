//! Holds the database server of the tests up until standard input ends, and prints two addresses: the
//! server's, and that of a database with the schema of the migrations.

use std::io::Read;

use plenum_postgres::testing::{self, TestDatabase};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let hold = testing::hold().await?;
    let database = TestDatabase::open().await?;
    println!("{}", hold.url());
    println!("{}", database.url());
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    drop(database);
    drop(hold);
    Ok(())
}
