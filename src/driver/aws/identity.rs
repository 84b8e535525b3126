//! As whom: where credentials and a region are looked for, and in which order. The AWS CLI's
//! own order, but for one thing: the metadata service of EC2 is asked only when the
//! environment says so. Where there is none its address answers nothing, and the first
//! call of an incident would wait for it. Owns no client.

use aws_config::{
    Region,
    ecs::EcsCredentialsProvider,
    environment::{
        EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider,
    },
    imds::{credentials::ImdsCredentialsProvider, region::ImdsRegionProvider},
    meta::{credentials::CredentialsProviderChain, region::RegionProviderChain},
    profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider},
    provider_config::ProviderConfig,
    web_identity_token::WebIdentityTokenCredentialsProvider,
};

use super::{Options, look_retries};

/// Where a region is looked for when the plan names none.
pub(super) fn region(profile: Option<&str>, options: &Options) -> RegionProviderChain {
    let mut of_profile = ProfileFileRegionProvider::builder();
    if let Some(profile) = profile {
        of_profile = of_profile.profile_name(profile);
    }
    let chain = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(of_profile.build());
    if !options.metadata {
        return chain;
    }
    chain.or_else(ImdsRegionProvider::builder().build())
}

/// Where credentials are looked for. Whoever names a profile means it: then the keys of the
/// environment, which belong to somebody else, are not taken.
pub(super) fn credentials(
    profile: Option<&str>,
    region: Option<Region>,
    options: &Options,
) -> CredentialsProviderChain {
    let conf = ProviderConfig::default()
        .with_region(region)
        .with_retry_config(look_retries())
        .with_timeout_config(options.looking());
    let of_profile = ProfileFileCredentialsProvider::builder().configure(&conf);
    let chain = if let Some(name) = profile {
        let named = of_profile.profile_name(name).build();
        CredentialsProviderChain::first_try("Profile", named)
    } else {
        let environment = EnvironmentVariableCredentialsProvider::new();
        CredentialsProviderChain::first_try("Environment", environment)
            .or_else("Profile", of_profile.build())
    };
    let token = WebIdentityTokenCredentialsProvider::builder().configure(&conf);
    let container = EcsCredentialsProvider::builder().configure(&conf);
    let chain = chain
        .or_else("WebIdentityToken", token.build())
        .or_else("EcsContainer", container.build());
    if !options.metadata {
        return chain;
    }
    let metadata = ImdsCredentialsProvider::builder().configure(&conf);
    chain.or_else("Ec2InstanceMetadata", metadata.build())
}
