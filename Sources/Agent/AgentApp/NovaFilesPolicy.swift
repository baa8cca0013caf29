/// What becomes of files that Nova made in the cache directory.
enum NovaFilesPolicy: String, Sendable, CaseIterable {
    /// Nova's own cache manager sees to them.
    case leave
    /// They go when they are old and unused, by Nova's own rules.
    case age
}
