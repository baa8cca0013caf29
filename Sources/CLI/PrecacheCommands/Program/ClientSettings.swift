import HTTPFetching
import PrecacheClient

/// Where the service is, who asks, and whom to trust: by options, else the environment, else a context.
struct ClientSettings: Sendable {
    let address: ServiceAddress
    let token: AccessToken?
    let tls: ClientTLS
    /// The context that had a say, if one had.
    let context: String?

    /// Finds all of it.
    ///
    /// A context that `--context` names counts before the environment. What a context knows beside the address is used for
    /// its own service only, so that its token goes nowhere else; likewise a context that is named gets the environment's
    /// token only if `PRECACHE_URL` is its address.
    static func find(_ options: any ClientOptionSet, _ console: Console) throws -> ClientSettings {
        let common = options.common
        let variable = { (name: String) in console.environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let name = common.context ?? variable("PRECACHE_CONTEXT")
        let environmentToken = ["PRECACHE_TOKEN", "PRECACHE_TOKEN_FILE"].first { variable($0) != nil }
        let chosen: ClientContext?
        do {
            chosen = try ContextFile.read(console.environment).context(named: name)
        } catch let error as ClientError {
            // Who gives address and token needs nothing of the file, but may miss a certificate.
            guard name == nil, options.url ?? variable("PRECACHE_URL") != nil,
                common.tokenFile ?? environmentToken != nil
            else { throw error }
            try console.say(["Warning: \(TerminalText.escaped(error.message)); no context is used."])
            chosen = nil
        }
        let isNamed = common.context != nil
        let text =
            options.url ?? (isNamed ? chosen?.url : nil) ?? variable("PRECACHE_URL") ?? chosen?.url
            ?? ServiceAddress.standard
        let address = try ServiceAddress(text)
        let context = try chosen.flatMap { try ServiceAddress($0.url) == address ? $0 : nil }
        let isForeign =
            name != nil && context != nil
            && variable("PRECACHE_URL").flatMap { try? ServiceAddress($0) } != address
        let value = { (option: String?, name: String, path: KeyPath<ClientContext, String?>) in
            let kept = context?[keyPath: path]
            return option ?? (isNamed ? kept : nil) ?? variable(name) ?? kept
        }
        let path = ContextFile.path(console.environment)
        if context?.token != nil, LocalFile.isOpenToOthers(path) {
            try console.say(["Warning: others can read '\(path)', which holds a token; chmod 600 it."])
        }
        let token = try AccessToken.find(
            file: common.tokenFile,
            environment: isForeign ? [:] : console.environment,
            context: context,
            contextFirst: isNamed
        )
        if token == nil, let context, let environmentToken {
            try console.say([
                "Warning: the token of \(environmentToken) isn't sent to the context "
                    + "'\(TerminalText.escaped(context.name))': PRECACHE_URL isn't its address."
            ])
        }
        return ClientSettings(
            address: address,
            token: token,
            tls: ClientTLS(
                caFile: value(common.caFile, "PRECACHE_CA", \.caFile),
                certificateFile: value(common.certificate, "PRECACHE_CERTIFICATE", \.certificate),
                keyFile: value(common.key, "PRECACHE_KEY", \.key)
            ),
            context: context?.name
        )
    }
}

/// An access token, and where it comes from; its text never reaches a message.
struct AccessToken: Sendable {
    let text: String
    /// For people: `PRECACHE_TOKEN`, `the file 'x'`.
    let source: String

    /// The token of `file`, else of `PRECACHE_TOKEN`, else of the file that `PRECACHE_TOKEN_FILE` names, else of a context.
    ///
    /// Any token of the context goes before those of the environment if `contextFirst` says so.
    static func find(
        file: String?,
        environment: [String: String],
        context: ClientContext?,
        contextFirst: Bool
    ) throws -> AccessToken? {
        if let file { return try read(file) }
        if contextFirst, let token = try kept(context) { return token }
        if let token = environment["PRECACHE_TOKEN"], !token.isEmpty {
            return try AccessToken(checking: trimmed(token), source: "PRECACHE_TOKEN")
        }
        if let file = environment["PRECACHE_TOKEN_FILE"], !file.isEmpty { return try read(file) }
        return try kept(context)
    }

    private static func kept(_ context: ClientContext?) throws -> AccessToken? {
        if let file = context?.tokenFile { return try read(file) }
        guard let context, let token = context.token else { return nil }
        return try AccessToken(checking: token, source: "the context '\(context.name)'")
    }

    private static func read(_ file: String) throws -> AccessToken {
        try AccessToken(checking: trimmed(try LocalFile.text(file)), source: "the file '\(file)'")
    }

    /// A file's text without white space at either end.
    static func trimmed(_ text: String) -> String {
        let blank: (Character) -> Bool = { $0.isWhitespace || $0.isNewline }
        var rest = text[...]
        while let last = rest.last, blank(last) { rest.removeLast() }
        return String(rest.drop(while: blank))
    }

    /// A token that can't break a header; RFC 6750 section 2.1 allows less.
    init(checking text: String, source: String) throws(ClientError) {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ClientError(
                .input,
                "\(source) holds no usable token: it must be one word of printable ASCII",
                hint: "precached token create prints a token alone."
            )
        }
        self.text = text
        self.source = source
    }
}
