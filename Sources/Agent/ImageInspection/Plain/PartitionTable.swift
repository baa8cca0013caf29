/// A partition table at a disk's beginning, if there is one.
enum PartitionTable {
    /// Whether a boot sector's signature is there; a FAT file system's own boot sector doesn't count.
    static func hasSignature(_ head: Fields) -> Bool {
        guard head.hold([0x55, 0xaa], at: 510) else { return false }
        let isFAT = head.hold([2], at: 0x10) && head.hold([0xf8], at: 0x15)
        return !isFAT
    }

    /// What the table is: `gpt` or `mbr`; nil for a boot sector without partitions.
    static func kind(_ head: Fields) throws(InspectionRefusal) -> ImageFormat? {
        guard hasSignature(head) else { return nil }
        var isUsed = false
        for entry in stride(from: 446, to: 510, by: 16) {
            let flag: UInt8 = try head.big(entry)
            let type: UInt8 = try head.big(entry + 4)
            guard flag == 0 || flag == 0x80 else { return nil }
            if type == 0xee { return .gpt }
            if type != 0 { isUsed = true }
        }
        return isUsed ? .mbr : nil
    }
}
