/** @file What a caller reads about a data set. */
import { z } from 'zod';

export const DatasetView = z
  .object({
    id: z.string(),
    name: z.string(),
    classes: z.array(z.string()),
    licence: z.string(),
    source: z.string(),
  })
  .meta({ id: 'Dataset' });

export const DatasetList = z.object({ items: z.array(DatasetView) }).meta({ id: 'DatasetList' });
