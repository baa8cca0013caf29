import PrecacheClient

/// Connects to the service that options and environment name.
struct ServiceConnection {
    let transport: any ServiceTransport
    private let close: @Sendable () async -> Void

    /// Over HTTP, on an event loop of its own.
    static func open(_ options: ClientOptions, _ console: Console) throws -> ServiceConnection {
        let variable = { (name: String) in console.environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let address = try ServiceAddress(options.url ?? variable("PRECACHE_URL") ?? ServiceAddress.standard)
        let token = try AccessToken.find(file: options.tokenFile, environment: console.environment)
        if token != nil, !address.isEncrypted, !address.isLoopback {
            try console.say(["Warning: the token travels unencrypted to \(address); use https."])
        }
        throw ClientError(.input, "no")
    }

    init(transport: any ServiceTransport, close: @escaping @Sendable () async -> Void = {}) {
        self.transport = transport
        self.close = close
    }

    func end() async { await close() }
}
