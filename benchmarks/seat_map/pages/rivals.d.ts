declare module "@alisaitteke/seatmap-canvas" {
  export class SeatMapCanvas {
    constructor(selector: string, config: Readonly<Record<string, unknown>>);
  }
}

declare module "seatchart" {
  const Seatchart: new (host: HTMLElement, options: unknown) => unknown;
  export default Seatchart;
}
