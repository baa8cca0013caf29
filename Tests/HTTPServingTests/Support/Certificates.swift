import Glibc
import HTTPServing
import Reactor

/// A private CA, a server's and two clients' certificates, made by openssl in a folder that goes with the value.
final class Certificates: Sendable {
    let directory: String

    init() async throws {
        var template = Array("/tmp/precache-tls-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError(call: "mkdtemp") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try await makeAuthority("ca")
        try await makeAuthority("other")
        try await sign("server", by: "ca", names: "DNS:localhost,IP:127.0.0.1")
        try await sign("client", by: "ca", names: "DNS:client.example,DNS:second.example")
        try await sign("stranger", by: "other", names: "DNS:stranger.example")
    }

    deinit {
        guard let folder = opendir(directory) else { return }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            unlink("\(directory)/\(name)")
        }
        closedir(folder)
        rmdir(directory)
    }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    func configuration(_ clients: TLSConfiguration.ClientCertificates = .none) -> TLSConfiguration {
        TLSConfiguration(
            certificatePath: path("server.pem"),
            keyPath: path("server.key"),
            clientCAPath: clients == .none ? nil : path("ca.pem"),
            clientCertificates: clients
        )
    }

    /// Makes the server's certificate anew, as an operator who renews it.
    func renewServer() async throws {
        try await sign("server", by: "ca", names: "DNS:localhost,IP:127.0.0.1,DNS:renewed.example")
    }

    private func makeAuthority(_ name: String) async throws {
        try await openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=\(name)-authority"
                + " -keyout \(name).key -out \(name).pem"
        )
    }

    private func sign(_ name: String, by authority: String, names: String) async throws {
        try await openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=\(name)"
                + " -CA \(authority).pem -CAkey \(authority).key -addext subjectAltName=\(names)"
                + " -addext basicConstraints=critical,CA:FALSE -keyout \(name).key -out \(name).pem"
        )
    }

    private func openssl(_ arguments: String) async throws {
        let command = try await Command.run(
            ["openssl"] + arguments.split(separator: " ").map(String.init),
            directory: directory
        )
        guard command.status == 0 else { throw Failure(text: command.errors) }
    }

    struct Failure: Error {
        let text: String
    }
}
