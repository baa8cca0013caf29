import Glibc

/// Going through a directory.
enum FolderEntries {
    /// What an entry is, as far as the directory itself says.
    enum Kind {
        case folder, file, link, other, unsaid

        fileprivate init(_ type: UInt8) {
            switch Int(type) {
            case Int(DT_DIR): self = .folder
            case Int(DT_REG): self = .file
            case Int(DT_LNK): self = .link
            case Int(DT_UNKNOWN): self = .unsaid
            default: self = .other
            }
        }
    }

    /// Calls `body` for each entry but `.` and `..`; the name is as the file system has it, whatever its bytes.
    ///
    /// - Parameters:
    ///   - descriptor: An open directory, which is closed in the end.
    ///   - body: Takes name and kind.
    /// - Returns: The errno of what failed, or 0.
    static func each(_ descriptor: Int32, _ body: (UnsafePointer<CChar>, Kind) -> Void) -> Int32 {
        guard let stream = fdopendir(descriptor) else {
            let code = errno
            close(descriptor)
            return code
        }
        defer { closedir(stream) }
        while true {
            errno = 0
            guard let entry = readdir(stream) else { return errno }
            let kind = Kind(entry.pointee.d_type)
            // The name lies in the directory's buffer until the next entry is read.
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return EINVAL }
            let name = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
            let isSelf = name[0] == 0x2E && (name[1] == 0 || (name[1] == 0x2E && name[2] == 0))
            if !isSelf { body(name, kind) }
        }
    }
}
