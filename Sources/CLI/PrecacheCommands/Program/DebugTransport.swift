import PrecacheClient
import PrecacheModel

/// Shows what goes over a transport, for people who look for a mistake; never a secret.
struct DebugTransport: ServiceTransport {
    /// The longest part of a body that is shown, in characters.
    private static let longestBody = 4_000
    /// Members whose values nobody is shown.
    private static let secret: Set<String> = ["secret", "token", "password", "authorization"]

    private let inner: any ServiceTransport
    private let console: Console

    var address: String { inner.address }

    /// Wraps a connection's transport, and says where its settings come from.
    init(_ connection: ServiceConnection, _ console: Console) throws(OutputClosed) {
        inner = connection.transport
        self.console = console
        let settings = connection.settings
        let context = settings?.context.map { ", context '\($0)'" } ?? ""
        try console.say([
            TerminalText.escaped(
                "* \(SourceURL.withoutSecrets(address))\(context), "
                    + (settings?.token.map { "with the token of \($0.source)" } ?? "without a token")
            )
        ])
    }

    func send(_ request: ServiceRequest) async throws(ClientError) -> ServiceAnswer {
        try await shown(request) { () async throws(ClientError) in try await inner.send(request) }
    }

    func stream(
        _ request: ServiceRequest,
        receive: @Sendable ([UInt8]) async -> Void
    ) async throws(ClientError) -> ServiceAnswer {
        try await shown(request) { () async throws(ClientError) in
            try await inner.stream(request, receive: receive)
        }
    }

    private func shown(
        _ request: ServiceRequest,
        _ call: () async throws(ClientError) -> ServiceAnswer
    ) async throws(ClientError) -> ServiceAnswer {
        // A webhook's URL may be a secret as a whole, as Slack's are.
        let hide = request.path.contains("webhooks") ? Self.withoutPath : SourceURL.withoutSecrets
        say("> \(request.verb) \(SourceURL.withoutSecrets(address))\(request.target)", request.body, hide)
        let start = ContinuousClock.now
        do throws(ClientError) {
            let answer = try await call()
            let time = (ContinuousClock.now - start) / .milliseconds(1)
            let id = answer.requestID.map { ", \($0)" } ?? ""
            say("< \(answer.code), \(Int(time)) ms, \(answer.body.count) bytes\(id)", answer.body, hide)
            return answer
        } catch {
            say("< \(Self.hiding(urls: error.message, hide))", nil, hide)
            throw error
        }
    }

    private func say(_ line: String, _ body: [UInt8]?, _ hide: (String) -> String) {
        var lines = [TerminalText.escaped(line)]
        if let body, !body.isEmpty { lines.append("  " + Self.text(of: body, hide)) }
        // Who can't be shown anything still gets the answer.
        try? console.say(lines)
    }

    /// A body on one line; what isn't JSON may be anything, so it isn't shown.
    private static func text(of body: [UInt8], _ hide: (String) -> String) -> String {
        guard let node = try? DocumentReader.read(String(decoding: body, as: UTF8.self), as: .json) else {
            return "(no JSON)"
        }
        let text = String(decoding: JSONPrinter.compact(hiding(node, hide)), as: UTF8.self)
        return text.count > longestBody ? text.prefix(longestBody) + "…" : text
    }

    private static func hiding(_ node: DocumentNode, _ hide: (String) -> String) -> DocumentNode {
        switch node.content {
        case .mapping(let entries):
            let shown = entries.map { entry in
                let isSecret = secret.contains(entry.key.lowercased()) && entry.value.plainText != nil
                return DocumentNode.Entry(
                    key: entry.key,
                    position: entry.position,
                    value: isSecret
                        ? DocumentNode(.text("***"), at: entry.position) : hiding(entry.value, hide)
                )
            }
            return DocumentNode(.mapping(shown), at: node.position)
        case .sequence(let items):
            return DocumentNode(.sequence(items.map { hiding($0, hide) }), at: node.position)
        case .text(let text): return DocumentNode(.text(hiding(urls: text, hide)), at: node.position)
        case .word, .null: return node
        }
    }

    /// A text whose words that hold a URL are shown as `hide` has them.
    private static func hiding(urls text: String, _ hide: (String) -> String) -> String {
        guard text.contains("://") else { return text }
        return text.split(omittingEmptySubsequences: false, whereSeparator: \.isWhitespace).map { word in
            let marks = word.ranges(of: "://").count
            guard marks > 0 else { return String(word) }
            guard marks == 1 else { return withoutPath(String(word)) }
            return hide(String(word)) + (word.contains("?") ? "?***" : "")
        }
        .joined(separator: " ")
    }

    /// A URL's scheme, host and port.
    private static func withoutPath(_ url: String) -> String { "\(SourceKey(url: url))/***" }
}
