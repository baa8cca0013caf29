/// `openssl s_server`, which answers every GET with a page about the connection.
package final class TLSServer {
    package let port: Int
    private let process: ChildProcess

    /// A server on 127.0.0.1 with a certificate; with `clientAuthority` a client needs one from there.
    package init(
        _ identity: (certificate: String, key: String),
        clientAuthority: String? = nil,
        options: [String] = []
    ) throws {
        var arguments = [
            "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", identity.certificate, "-key",
            identity.key, "-www",
        ]
        if let clientAuthority {
            arguments += ["-CAfile", clientAuthority, "-Verify", "2", "-verify_return_error"]
        }
        process = try ChildProcess(arguments + options)
        var port: Int?
        while port == nil, let line = process.nextLine() {
            // ACCEPT 127.0.0.1:43211
            if line.hasPrefix("ACCEPT ") { port = line.split(separator: ":").last.flatMap { Int($0) } }
        }
        guard let port else { throw ScriptedServer.Failure(call: "openssl s_server", code: 0) }
        self.port = port
        process.discardOutput()
    }
}
