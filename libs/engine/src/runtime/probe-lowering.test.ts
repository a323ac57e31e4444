import { describe, expect, it } from 'vitest';
import { portableLowerings, probeLowerings } from './probe-lowering';

describe('probeLowerings', () => {
  it('finds blocked kernels of 8 or 16 channels, or says why standard ops are used', async () => {
    const { executionProvider, known, elastic, fallback } = await probeLowerings();
    expect(executionProvider).toBe('cpu');
    expect(elastic.blockChannels).toBe(known.blockChannels);
    if (fallback === null) expect([8, 16]).toContain(known.blockChannels);
    else
      expect({ known, elastic }).toEqual({
        known: portableLowerings.known,
        elastic: portableLowerings.elastic,
      });
  });

  it.each(['cuda', 'webgpu'] as const)(
    'trains on %s without batch normalisation, or falls back to the processor and says why',
    async (provider) => {
      const probed = await probeLowerings(provider);
      if (probed.executionProvider === provider) {
        expect(probed).toMatchObject({ fallback: null, known: { isNormComposite: true } });
        return;
      }
      const processor = await probeLowerings();
      expect(probed).toMatchObject({
        ...processor,
        fallback: expect.stringContaining(`${provider}: `),
      });
    },
  );
});
