import ArgumentParser

/// ``ClientOptions`` for `precache image set`, where `--url` is the image's.
struct ImageClientOptions: ClientOptionSet {
    @Option(
        name: .customLong("service-url"),
        help: "The service's address. Default: PRECACHE_URL, else http://127.0.0.1:7700."
    )
    var url: String?

    @OptionGroup
    var common: CommonOptions
}
