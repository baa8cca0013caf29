import Glibc
import HTTPFetching
import PrecacheClient
import Reactor

/// Finds credentials as OpenStack's own clients do (openstacksdk's `openstack/config/loader.py`): in `OS_…` variables, or under a
/// name in `clouds.yaml`, with what `clouds-public.yaml` and `secure.yaml` have of that cloud.
///
/// They never come by flags, which other users of the machine could read.
struct CloudConfiguration {
    let environment: [String: String]
    /// Where files are looked for, first one first.
    let folders: [String]

    init(environment: [String: String]) {
        self.environment = environment.filter { !$0.value.isEmpty }
        var folders = ["."]
        let home = self.environment["HOME"]
        if let own = self.environment["XDG_CONFIG_HOME"] { folders.append(own + "/openstack") }
        if let home = self.environment["SNAP_REAL_HOME"] ?? home {
            folders.append(home + "/.config/openstack")
        }
        let shared = self.environment["XDG_CONFIG_DIRS"] ?? "/etc/xdg"
        folders += shared.split(separator: ":").map { "\($0)/openstack" }
        self.folders = folders + ["/etc/openstack"]
    }

    /// The credentials of a cloud; of `OS_CLOUD` where none is named, without that the environment's own, and without those
    /// of the only cloud that there is.
    func credentials(cloud named: String?) throws(ClientError) -> CloudCredentials {
        if let cloud = named ?? environment["OS_CLOUD"] {
            return try credentials(of: cloud, in: try cloudsFile())
        }
        let selectors: Set = [
            "OS_CLOUD", "OS_REGION_NAME", "OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE", "OS_CLOUD_NAME",
        ]
        let own = environment.filter { $0.key.hasPrefix("OS_") && !selectors.contains($0.key) }
        if own.isEmpty, let file = find("clouds"),
            case .mapping(let clouds)? = try read(file)["clouds"]?.content,
            let only = clouds.first, clouds.count == 1
        {
            return try credentials(of: only.key, in: file)
        }
        return try fromEnvironment()
    }

    private func fromEnvironment() throws(ClientError) -> CloudCredentials {
        var values = CloudValues()
        for (name, value) in environment where name.hasPrefix("OS_") {
            values.plain[name.dropFirst(3).lowercased()] = value
        }
        return try values.credentials(source: "the environment", home: environment["HOME"])
    }

    private func credentials(of cloud: String, in file: String) throws(ClientError) -> CloudCredentials {
        let source = "the cloud '\(cloud)' of \(file)"
        var root = try read(file)
        if let secrets = try optional("OS_CLIENT_SECURE_FILE", "secure") { root = root.overlaid(secrets) }
        guard let own = root["clouds"]?[cloud] else {
            throw ClientError(
                .input,
                "\(file) has no cloud '\(cloud)'",
                hint: "See what it has with: grep -A1 clouds: \(file)"
            )
        }
        // `cloud` is what `profile` was called once.
        let profile = (own["profile"] ?? own["cloud"])?.plainText
        var vendor: DocumentNode?
        if let profile { vendor = try optional(nil, "clouds-public")?["public-clouds"]?[profile] }
        var merged = vendor.map { $0.overlaid(own) } ?? own
        let regions = try CloudRegion.all(of: own, vendor, source)
        let region = try CloudRegion.choose(environment["OS_REGION_NAME"], among: regions, source)
        if let region { merged = merged.overlaid(region.values, sparingNull: true) }
        var values = CloudValues(merged)
        values.plain["region_name"] = region?.name ?? environment["OS_REGION_NAME"]
        let unknown = vendor == nil ? profile : nil
        return try values.credentials(source: source, home: environment["HOME"], unknownProfile: unknown)
    }

    private func cloudsFile() throws(ClientError) -> String {
        if let named = environment["OS_CLIENT_CONFIG_FILE"] { return named }
        if let found = find("clouds") { return found }
        throw ClientError(
            .input,
            "there is no clouds.yaml to look the cloud up in",
            hint:
                "It is looked for in \(folders.joined(separator: ", ")); OS_CLIENT_CONFIG_FILE names another."
        )
    }

    /// The first file of this name that there is.
    private func find(_ name: String) -> String? {
        if name == "clouds", let named = environment["OS_CLIENT_CONFIG_FILE"] { return named }
        return folders.flatMap { folder in ["yaml", "yml", "json"].map { "\(folder)/\(name).\($0)" } }
            .first { access($0, R_OK) == 0 }
    }

    private func optional(_ variable: String?, _ name: String) throws(ClientError) -> DocumentNode? {
        guard let file = variable.flatMap({ environment[$0] }) ?? find(name) else { return nil }
        return try read(file)
    }

    private func read(_ file: String) throws(ClientError) -> DocumentNode {
        do {
            let text = try LocalFile.text(file)
            return try DocumentReader.read(text, as: file.hasSuffix(".json") ? .json : .yaml).withPlainKeys
        } catch let problem as DocumentProblem {
            // Not what stands there: that may be a secret.
            if problem.isRepetition {
                throw ClientError(
                    .input,
                    "\(file) has a key twice in the mapping that begins at line \(problem.position.line)",
                    hint: "Only one of them can be meant: take the other out."
                )
            }
            throw ClientError(
                .input,
                "\(file) isn't \(file.hasSuffix(".json") ? "JSON" : "YAML") that can be read, at line \(problem.position.line)"
            )
        } catch let error as ClientError {
            throw error
        } catch {
            throw ClientError(.input, "\(file) can't be read")
        }
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
