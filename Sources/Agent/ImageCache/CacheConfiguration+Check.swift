import Glibc

extension CacheConfiguration {
    /// Looks whether an agent with this configuration could open its cache; blocks.
    ///
    /// Nothing is made or locked, so that anybody may ask, beside an agent that runs.
    ///
    /// - Throws: ``CacheError`` with `io`, naming what is missing, or what this user may not.
    package func check() throws(CacheError) {
        _ = try Directory(path: directory)
        try Self.checkWritable("\(directory)/.precache", or: directory)
        guard let instances else { return }
        _ = try Directory(path: instances)
        try Self.checkWritable("\(instances)/locks", or: instances)
    }

    /// A folder that is there must take new names, else the one that it would be made in.
    private static func checkWritable(_ folder: String, or parent: String) throws(CacheError) {
        let place = access(folder, F_OK) == 0 ? folder : parent
        try SystemCall.run("write into \(place)") { access(place, R_OK | W_OK | X_OK) }
    }
}
