import PrecacheModel

/// The records on disk.
struct RecordShelf {
    let layout: CacheLayout

    /// Reads all records; drops those that can't be read or whose file is gone, and temporary files of a crash.
    func load() throws(CacheError) -> [ImageID: CacheRecord] {
        var records: [ImageID: CacheRecord] = [:]
        for name in try layout.records.names() {
            guard name.hasSuffix(".json"), !name.hasPrefix("."), let record = try read(name),
                try layout.base.status(of: record.image.file) != nil
            else {
                try layout.records.clear(name)
                continue
            }
            records[record.image.id] = record
        }
        return records
    }

    func save(_ record: CacheRecord) throws(CacheError) {
        try layout.records.writeSmall(record.name, record.json())
    }

    /// A record, or nil if what is there isn't the record that its name says.
    private func read(_ name: String) throws(CacheError) -> CacheRecord? {
        guard let bytes = try layout.records.readSmall(name), let record = try? CacheRecord(json: bytes),
            record.name == name
        else { return nil }
        return record
    }
}
