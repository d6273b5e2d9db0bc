/**
 * Nix code for the `nixosConfigurations` of a flake whose folder `hosts` has a folder for each host: what each is made of
 * beside the modules that the example fleet has in common. It uses the names `hosts`, `nixpkgs` and `sops-nix`.
 *
 * @param module - one module more for every host, as Nix code that may ask for its `name`
 */
export function hostSystems(module = "{ }"): string {
  return `builtins.mapAttrs (
        name: _:
        nixpkgs.lib.nixosSystem {
          system = "x86_64-linux";
          modules = [
            ./hosts/\${name}
            ./modules/common.nix
            ./modules/monitoring.nix
            sops-nix.nixosModules.sops
            { nixpkgs.overlays = [ (import ./overlays) ]; }
            ${module}
          ];
        }
      ) hosts`;
}
