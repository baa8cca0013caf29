import Glibc
import HTTPFetching
import PrecacheClient
import Reactor

/// Finds credentials as OpenStack's own clients do: in `OS_…` variables, or under a name in `clouds.yaml`.
///
/// They never come by flags, which other users of the machine could read.
struct CloudConfiguration {
    let environment: [String: String]
    /// Where `clouds.yaml` is looked for, first one first.
    let folders: [String]

    init(environment: [String: String]) {
        self.environment = environment
        var folders = ["."]
        if let home = environment["HOME"], !home.isEmpty { folders.append(home + "/.config/openstack") }
        self.folders = folders + ["/etc/openstack"]
    }

    /// The credentials of a cloud; of `OS_CLOUD` where none is named, and without that the environment's own.
    func credentials(cloud named: String?) throws(ClientError) -> CloudCredentials {
        let variable = environment["OS_CLOUD"].flatMap { $0.isEmpty ? nil : $0 }
        guard let cloud = named ?? variable else { return try fromEnvironment() }
        let file = try cloudsFile()
        let values = try Self.values(of: cloud, in: file, secrets: secretsFile(beside: file))
        return try CloudCredentials(values, source: "the cloud '\(cloud)' of \(file)")
    }

    private func fromEnvironment() throws(ClientError) -> CloudCredentials {
        var values: [String: String] = [:]
        for (name, value) in environment where name.hasPrefix("OS_") {
            values[name.dropFirst(3).lowercased()] = value
        }
        return try CloudCredentials(values, source: "the environment")
    }

    private func cloudsFile() throws(ClientError) -> String {
        if let named = environment["OS_CLIENT_CONFIG_FILE"], !named.isEmpty { return named }
        let candidates = folders.flatMap { ["\($0)/clouds.yaml", "\($0)/clouds.yml"] }
        if let found = candidates.first(where: { access($0, R_OK) == 0 }) { return found }
        throw ClientError(
            .input,
            "there is no clouds.yaml to look the cloud up in",
            hint:
                "It is looked for in \(folders.joined(separator: ", ")); OS_CLIENT_CONFIG_FILE names another."
        )
    }

    /// Passwords may stand in a file of their own.
    private func secretsFile(beside file: String) -> String? {
        let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
        let path = folder.isEmpty ? "secure.yaml" : folder + "/secure.yaml"
        return access(path, R_OK) == 0 ? path : nil
    }

    private static func values(
        of cloud: String,
        in file: String,
        secrets: String?
    ) throws(ClientError) -> [String: String] {
        guard let entry = try entry(cloud, file) else {
            throw ClientError(
                .input,
                "\(file) has no cloud '\(cloud)'",
                hint: "See what it has with: grep -A1 clouds: \(file)"
            )
        }
        var values = flat(entry)
        if let secrets, let secret = try self.entry(cloud, secrets) { values.merge(flat(secret)) { $1 } }
        // Whoever answers without a certificate that counts would get the password.
        guard values["verify"]?.lowercased() != "false" else {
            throw ClientError(
                .input,
                "the cloud '\(cloud)' of \(file) says verify: false, which isn't done here",
                hint: "Give the authority of its certificates as cacert."
            )
        }
        return values
    }

    private static func entry(_ cloud: String, _ file: String) throws(ClientError) -> DocumentNode? {
        let root: DocumentNode
        do {
            root = try DocumentReader.read(try LocalFile.text(file), as: .yaml)
        } catch let problem as DocumentProblem {
            // Not what stands there: that may be a secret.
            throw ClientError(
                .input,
                "\(file) isn't YAML that can be read, at line \(problem.position.line)"
            )
        } catch let error as ClientError {
            throw error
        } catch {
            throw ClientError(.input, "\(file) can't be read")
        }
        return root["clouds"]?[cloud]
    }

    /// The cloud's texts by name, those under `auth` beside the others.
    private static func flat(_ cloud: DocumentNode) -> [String: String] {
        var values: [String: String] = [:]
        for node in [cloud, cloud["auth"]] {
            guard case .mapping(let entries)? = node?.content else { continue }
            for entry in entries { values[entry.key] = entry.value.plainText }
        }
        return values
    }
}

/// Reads a cloud's inventory, on an event loop of its own.
enum CloudConnection {
    /// Logs in, asks Nova, and lets go of everything.
    static func inventory(_ credentials: CloudCredentials) async throws -> (CloudInventory, nova: String) {
        let loop = try EventLoop(name: "cloud")
        defer { loop.stop() }
        let configuration = FetcherConfiguration(
            tls: ClientTLS(caFile: credentials.caFile),
            userAgent: "precache/\(PrecacheProgram.version)"
        )
        let fetcher = try HTTPFetcher(loop: loop, configuration: configuration)
        do {
            let session = try await CloudSession(credentials, fetcher: fetcher)
            let inventory = try await CloudInventory.read(session)
            await fetcher.stop()
            return (inventory, session.compute)
        } catch {
            await fetcher.stop()
            throw error
        }
    }
}
