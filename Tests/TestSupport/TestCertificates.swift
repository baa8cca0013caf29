/// A private authority, and certificates from it, made with openssl in a directory of their own.
package final class TestCertificates {
    private let folder = TemporaryFolder()

    package var directory: String { folder.path }

    package var authority: String { directory + "/ca.pem" }

    package init() throws {
        try openssl(
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=test authority",
            "-keyout",
            directory + "/ca.key",
            "-out",
            authority
        )
    }

    /// Makes a certificate for a name, from our authority or signed by itself: the paths of certificate and key.
    ///
    /// `usage` is its extended key usage, if it's to have one; `dns` are its DNS names, the name itself by default.
    package func make(
        _ name: String,
        selfSigned: Bool = false,
        usage: String? = nil,
        dns: [String]? = nil
    ) throws -> (certificate: String, key: String) {
        let paths = (certificate: "\(directory)/\(name).pem", key: "\(directory)/\(name).key")
        let names = (dns ?? [name]).map { "DNS:\($0)" }.joined(separator: ",")
        let signer = selfSigned ? [] : ["-CA", authority, "-CAkey", directory + "/ca.key"]
        try openssl(
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                "2",
                "-subj", "/CN=\(name)", "-addext", "subjectAltName=\(names)",
                "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", paths.key, "-out",
                paths.certificate,
            ] + (usage.map { ["-addext", "extendedKeyUsage=\($0)"] } ?? []) + signer
        )
        return paths
    }

    private func openssl(_ arguments: String...) throws { try openssl(arguments) }

    private func openssl(_ arguments: [String]) throws {
        try ChildProcess.run(["openssl"] + arguments)
    }
}
