import HTTPFetching
import PrecacheClient
import Reactor

/// Connects to the service that options and environment name.
struct ServiceConnection {
    let transport: any ServiceTransport
    private let close: @Sendable () async -> Void

    /// Over HTTP, on an event loop of its own.
    static func open(_ options: any ClientOptionSet, _ console: Console) throws -> ServiceConnection {
        let variable = { (name: String) in console.environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let address = try ServiceAddress(options.url ?? variable("PRECACHE_URL") ?? ServiceAddress.standard)
        let token = try AccessToken.find(file: options.common.tokenFile, environment: console.environment)
        if token != nil, !address.isEncrypted, !address.isLoopback {
            try console.say(["Warning: the token travels unencrypted to \(address); use https."])
        }
        let tls = ClientTLS(
            caFile: options.common.caFile ?? variable("PRECACHE_CA"),
            certificateFile: options.common.certificate ?? variable("PRECACHE_CERTIFICATE"),
            keyFile: options.common.key ?? variable("PRECACHE_KEY")
        )
        let loop = try EventLoop(name: "precache")
        let fetcher = try HTTPFetcher(
            loop: loop,
            configuration: FetcherConfiguration(tls: tls, userAgent: "precache/\(PrecacheProgram.version)")
        )
        return ServiceConnection(
            transport: FetcherTransport(fetcher: fetcher, service: address, token: token)
        ) {
            await fetcher.stop()
            loop.stop()
        }
    }

    init(transport: any ServiceTransport, close: @escaping @Sendable () async -> Void = {}) {
        self.transport = transport
        self.close = close
    }

    func end() async { await close() }
}
