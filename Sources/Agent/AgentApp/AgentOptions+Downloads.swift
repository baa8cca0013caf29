import FoundationEssentials
import Glibc
import HTTPFetching
import PullWork
import Settings

/// The settings of downloads, checked and in the downloads' terms.
extension AgentOptions {
    static func pull(_ values: SettingsValues) throws(AgentStartError) -> PullConfiguration {
        let speed = values[AgentSettings.minimumSpeed]
        return PullConfiguration(
            concurrentDownloads: values[AgentSettings.concurrent],
            rateBytesPerSecond: values[AgentSettings.rate],
            timeouts: FetchTimeouts(
                idle: values[AgentSettings.idle],
                lowSpeed: speed == 0
                    ? nil : .init(bytesPerSecond: speed, over: values[AgentSettings.minimumSeconds])
            ),
            tls: values[AgentSettings.sourceCA].map { ClientTLS(caFile: $0) },
            proxy: try proxy(values, environment: ProcessInfo.processInfo.environment),
            mirrors: try mirrors(values[AgentSettings.mirrors]),
            credentials: try values[AgentSettings.credentials].map { path throws(AgentStartError) in
                do throws(SourceAccessError) {
                    return try SourceCredentials(try CredentialsFile.text(of: path))
                } catch {
                    throw AgentStartError("downloads.credentials_file \(path): \(error)")
                }
            },
            redirectAddresses: values[AgentSettings.internalRedirects] ? .any : .noInternal,
            allowsPlainRedirects: values[AgentSettings.plainRedirects],
            lockWait: values[AgentSettings.lockWait]
        )
    }

    /// Through whom images are fetched: as the settings say, else as the environment says where the settings let it.
    static func proxy(
        _ values: SettingsValues,
        environment: [String: String]
    ) throws(AgentStartError) -> ProxyRule? {
        let exceptions = values[AgentSettings.noProxy].joined(separator: ",")
        if let proxy = values[AgentSettings.proxy] {
            if let fault = ProxyRule.fault(in: proxy) {
                let shown = proxy.contains("@") ? "" : " '\(proxy)'"
                throw AgentStartError("downloads.proxy\(shown) can't be used: \(fault)")
            }
            return ProxyRule(http: proxy, https: proxy, except: exceptions)
        }
        guard values[AgentSettings.proxyFromEnvironment] else {
            guard exceptions.isEmpty else {
                throw AgentStartError("downloads.no_proxy needs downloads.proxy beside it")
            }
            return nil
        }
        // As curl(1) has it: HTTP_PROXY in capitals is a CGI program's header, and isn't looked at.
        func variable(_ names: String...) -> (name: String, value: String)? {
            names.lazy.compactMap { name in environment[name].map { (name, $0) } }.first { !$0.1.isEmpty }
        }
        let all = variable("all_proxy", "ALL_PROXY")
        let (http, https) = (variable("http_proxy") ?? all, variable("https_proxy", "HTTPS_PROXY") ?? all)
        for case let proxy? in [http, https] {
            guard let fault = ProxyRule.fault(in: proxy.value) else { continue }
            throw AgentStartError("\(proxy.name) of the environment can't be used: \(fault)")
        }
        let none = variable("no_proxy", "NO_PROXY")?.value ?? ""
        return ProxyRule(http: http?.value, https: https?.value, except: "\(exceptions),\(none)")
    }

    private static func mirrors(_ texts: [String]) throws(AgentStartError) -> [SourceMirror] {
        do throws(SourceAccessError) {
            return try texts.map { text throws(SourceAccessError) in try SourceMirror(text) }
        } catch {
            throw AgentStartError("downloads.mirrors: \(error)")
        }
    }
}

/// The file of credentials for sources.
enum CredentialsFile {
    /// Reads it; blocks.
    ///
    /// - Throws: ``SourceAccessError`` where it can't be read, is too large or is open to others.
    static func text(of path: String) throws(SourceAccessError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw SourceAccessError("it can't be opened (error \(errno))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw SourceAccessError("it is no file")
        }
        // The group may read: systemd's credentials and files of root:precache are so.
        guard status.st_mode & 0o037 == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw SourceAccessError(
                "others than its owner may change it, or anybody may read it (mode \(mode)): chmod 640 it"
            )
        }
        do throws(SettingFault) {
            return try SmallFile.text(of: descriptor)
        } catch {
            throw SourceAccessError("it \(error.text)")
        }
    }
}
