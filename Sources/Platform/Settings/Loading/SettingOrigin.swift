/// Where a value came from.
package enum SettingOrigin: Sendable, Equatable, CustomStringConvertible {
    /// Nobody gave it.
    case fallback
    /// The settings file, with the line where it could be found.
    case file(path: String, line: Int?)
    /// An environment variable.
    case environment(String)
    /// A flag.
    case flag(String)

    /// For people: `file /etc/precached.toml, line 3`, `environment variable PRECACHED_LISTEN_PORT`, `flag --listen-port`.
    package var description: String {
        switch self {
        case .fallback: "default"
        case .file(let path, let line): "file \(path)\(line.map { ", line \($0)" } ?? "")"
        case .environment(let name): "environment variable \(name)"
        case .flag(let name): "flag \(name)"
        }
    }
}
