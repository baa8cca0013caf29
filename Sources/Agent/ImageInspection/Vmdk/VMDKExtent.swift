/// A line of a VMDK descriptor that says where data is: `RW 131072 SPARSE "disk.vmdk" 0`.
struct VMDKExtent {
    /// How the data lies there, in lower case: `sparse`, `flat`, `zero` and more.
    let type: String
    /// The file's name; empty for a part that is all zeros.
    let name: [UInt8]

    /// Nil for other lines.
    init?(_ line: ArraySlice<UInt8>) {
        let words = line.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 })
        guard let access = words.first, ["rw", "rdonly", "noaccess"].contains(Self.lowercased(access)) else {
            return nil
        }
        type = words.count > 2 ? Self.lowercased(words[2]) : ""
        guard let open = line.firstIndex(of: UInt8(ascii: "\"")),
            let close = line.lastIndex(of: UInt8(ascii: "\"")),
            open < close
        else {
            name = []
            return
        }
        name = Array(line[(open + 1)..<close])
    }

    /// The one extent of a disk in one file carries the file's own name at the time; a path never is that.
    func checkTrusted() throws(InspectionRefusal) {
        guard type == "sparse", !name.isEmpty, !name.contains(UInt8(ascii: "/")),
            !name.contains(UInt8(ascii: ":"))
        else {
            throw .unsafe(
                "the VMDK descriptor names another file (\(QuotedText.of(type.utf8)) \(QuotedText.of(name)))"
            )
        }
    }

    private static func lowercased(_ word: ArraySlice<UInt8>) -> String {
        String(decoding: word, as: UTF8.self).lowercased()
    }
}
