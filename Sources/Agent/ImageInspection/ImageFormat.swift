/// What an image's bytes are.
package enum ImageFormat: String, Sendable, CaseIterable {
    /// Nothing that we know: a disk without partitions, a kernel, a ramdisk.
    case raw
    /// A disk with a GUID partition table (UEFI 2.10, chapter 5).
    case gpt
    /// A disk with a master boot record and no GUID partition table.
    case mbr
    /// An optical disk's file system (ECMA-119, UDF), with or without a partition table.
    case iso
    /// QEMU copy-on-write, version 2 or 3 (QEMU, `docs/interop/qcow2.txt`).
    case qcow2
    /// VMware's disk (Virtual Disk Format 5.0).
    case vmdk
    /// Microsoft's older disk, fixed or dynamic (Virtual Hard Disk Image Format Specification).
    case vhd
    /// Microsoft's newer disk ([MS-VHDX]).
    case vhdx
    /// VirtualBox's disk (QEMU, `block/vdi.c`).
    case vdi
    /// An encrypted disk, version 1 or 2 (LUKS on-disk format).
    case luks
    /// QEMU's enhanced disk (QEMU, `docs/interop/qed_spec.txt`); never taken, as in Nova.
    case qed
    /// Parallels' disk (QEMU, `docs/interop/parallels.txt`); never taken.
    case ploop
    /// The disk of the Bochs emulator; never taken.
    case bochs
    /// A compressed loop device; never taken.
    case cloop
}

extension ImageFormat {
    /// Whether the bytes are the disk itself, to be read as they lie.
    package var isPlain: Bool {
        switch self {
        case .raw, .gpt, .mbr, .iso: true
        case .qcow2, .vmdk, .vhd, .vhdx, .vdi, .luks, .qed, .ploop, .bochs, .cloop: false
        }
    }
}

extension ImageFormat {
    /// The format for people.
    var words: String { self == .luks ? "luks, an encrypted disk" : rawValue }
}

/// What an image is said to be, in Glance's words (`disk_format`).
package enum ImageClaim: String, Sendable, CaseIterable {
    case raw, qcow2, iso, vmdk, vhd, vhdx, vdi, ploop, aki, ari, ami

    /// Whether bytes of a format make the claim true.
    ///
    /// As Nova has it (`nova/virt/images.py`, `do_image_deep_inspection`): a disk with partitions is a raw image, and
    /// Amazon's kernels, ramdisks and machine images are plain bytes.
    func fits(_ format: ImageFormat) -> Bool {
        switch self {
        case .raw, .aki, .ari, .ami: format == .raw || format == .gpt || format == .mbr
        case .qcow2: format == .qcow2
        case .iso: format == .iso
        case .vmdk: format == .vmdk
        case .vhd: format == .vhd
        case .vhdx: format == .vhdx
        case .vdi: format == .vdi
        case .ploop: format == .ploop
        }
    }
}
