import HTTPFetching
import PrecacheClient
import Reactor

/// Connects to the service that options, environment and contexts name.
struct ServiceConnection {
    let transport: any ServiceTransport
    /// What ``transport`` was made of; nil in tests.
    let settings: ClientSettings?
    private let close: @Sendable () async -> Void

    /// Over HTTP, on an event loop of its own.
    static func open(_ options: any ClientOptionSet, _ console: Console) throws -> ServiceConnection {
        let settings = try ClientSettings.find(options, console)
        let (address, token) = (settings.address, settings.token)
        if token != nil, !address.isEncrypted, !address.isLoopback {
            try console.say(["Warning: the token travels unencrypted to \(address); use https."])
        }
        let loop = try EventLoop(name: "precache")
        let fetcher = try HTTPFetcher(
            loop: loop,
            configuration: FetcherConfiguration(
                tls: settings.tls,
                userAgent: "precache/\(PrecacheProgram.version)"
            )
        )
        return ServiceConnection(
            transport: FetcherTransport(fetcher: fetcher, service: address, token: token?.text),
            settings: settings
        ) {
            await fetcher.stop()
            loop.stop()
        }
    }

    init(
        transport: any ServiceTransport,
        settings: ClientSettings? = nil,
        close: @escaping @Sendable () async -> Void = {}
    ) {
        self.transport = transport
        self.settings = settings
        self.close = close
    }

    func end() async { await close() }
}
