//! Where prompts and experiments are kept.

use std::{env, error::Error, path::Path};

use basalt_core::Basalt;

use crate::local_api::{KEY, LocalApi};

/// What says that there is an account.
const VARIABLES: [&str; 2] = ["BASALT_API_KEY", "BASALT_API_URL"];

/// The account that the environment names; without one, an API in this process, with the prompts of a folder.
pub(crate) async fn open(basalt: &Basalt, folder: &Path) -> Result<Basalt, Box<dyn Error>> {
    let given = |name| env::var(name).is_ok_and(|value| !value.trim().is_empty());
    if VARIABLES.into_iter().any(given) {
        return Ok(basalt.clone());
    }
    let api = LocalApi::start(folder).await?;
    tracing::info!("prompts and experiments are kept by a local API, {}", api.url());
    // A key also says where traces go, to Basalt: whoever asks the local API observes nothing.
    Ok(Basalt::builder().api_url(api.url()).api_key(KEY).enabled(false).build()?)
}
