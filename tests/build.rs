//! Writes the client and the server of the gRPC service in `src/grpc.rs`, whose messages are written by hand.

use tonic_build::manual::{Builder, Method, MethodBuilder, Service};

fn method(name: &str, route_name: &str) -> MethodBuilder {
    let builder = Method::builder().name(name).route_name(route_name);
    builder
        .input_type("crate::grpc::Line")
        .output_type("crate::grpc::Line")
        .codec_path("tonic_prost::ProstCodec")
}

fn main() {
    let service = Service::builder()
        .package("test")
        .name("Talk")
        .method(method("say", "Say").build())
        .method(method("tell", "Tell").server_streaming().build())
        .method(method("gather", "Gather").client_streaming().build())
        .method(method("echo", "Echo").client_streaming().server_streaming().build())
        .build();
    Builder::new().compile(&[service]);
}
