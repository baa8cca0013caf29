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
