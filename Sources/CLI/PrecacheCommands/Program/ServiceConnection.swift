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

/// Finds the access token; its text never reaches a message.
enum AccessToken {
    /// The token of `file`, else of `PRECACHE_TOKEN`, else none.
    static func find(file: String?, environment: [String: String]) throws -> String? {
        if let file {
            return try checked(trimmed(try LocalFile.text(file)), source: "the file '\(file)'")
        }
        guard let token = environment["PRECACHE_TOKEN"], !token.isEmpty else { return nil }
        return try checked(trimmed(token), source: "PRECACHE_TOKEN")
    }

    /// A file's text without white space at either end.
    static func trimmed(_ text: String) -> String {
        let blank: (Character) -> Bool = { $0.isWhitespace || $0.isNewline }
        var rest = text[...]
        while let last = rest.last, blank(last) { rest.removeLast() }
        return String(rest.drop(while: blank))
    }

    // RFC 6750 section 2.1 allows less; this is what can't break a header.
    private static func checked(_ token: String, source: String) throws(ClientError) -> String {
        guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ClientError(
                .input,
                "\(source) holds no usable token: it must be one word of printable ASCII",
                hint: "precached token create prints a token alone."
            )
        }
        return token
    }
}
