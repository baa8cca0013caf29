import ImageCache
import ImageConversion
import Settings

/// The cache's settings, checked and in the cache's terms.
extension AgentOptions {
    static func cache(_ values: SettingsValues) throws(AgentStartError) -> CacheConfiguration? {
        guard values[AgentSettings.backend] != .none else { return nil }
        let directory = values[AgentSettings.directory]
        return CacheConfiguration(
            directory: directory,
            fileMode: try mode(values[AgentSettings.mode]),
            owner: FileOwner(
                user: try AccountNames.user(values[AgentSettings.owner]),
                group: try AccountNames.group(values[AgentSettings.group])
            ),
            instances: values[AgentSettings.instances] ?? instances(around: directory),
            converter: values[AgentSettings.convertToRaw]
                ? ImageConverter(program: values[AgentSettings.qemuImage]) : nil,
            minimumFreeBytes: Int64(values[AgentSettings.minimumFree]),
            maxBytes: values[AgentSettings.maxBytes].map { Int64($0) }
        )
    }

    /// What holds the cache, if the cache is Nova's: `_base` is what Nova's `image_cache.subdirectory_name` says unless
    /// changed.
    static func instances(around cache: String) -> String? {
        let parts = cache.split(separator: "/", omittingEmptySubsequences: true)
        guard parts.last == "_base" else { return nil }
        let parent = parts.dropLast().joined(separator: "/")
        if cache.hasPrefix("/") { return "/" + parent }
        return parent.isEmpty ? "." : parent
    }

    private static func mode(_ text: String) throws(AgentStartError) -> UInt32 {
        guard (3...4).contains(text.utf8.count), let mode = UInt32(text, radix: 8), mode & ~0o775 == 0,
            mode & 0o400 != 0
        else {
            throw AgentStartError(
                "cache.mode '\(text)' can't be used: give octal digits such as 0644, readable for the owner and not writable "
                    + "for everyone"
            )
        }
        return mode
    }
}
