/// Whether processes are asked before a file goes.
enum OpenFilesPolicy: String, Sendable, CaseIterable {
    /// A file stays while a process has it open, and also while that can't be told.
    case check
    /// Instances' disks alone tell who uses a file, as for Nova itself.
    case ignore
}
